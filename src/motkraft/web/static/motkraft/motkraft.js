// What script adds to pages that already work without it. No dependency but htmx, which may be missing.
(() => {
  "use strict";

  const typing = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) &&
    !["button", "submit", "checkbox", "radio"].includes(target.type);

  // Esc twice hides the screen: cover at once, then leave for the neutral page, which locks the session.
  const TWICE_MS = 700;
  let lastEscape = -Infinity;
  const hide = () => {
    const form = document.querySelector("form[data-hide]");
    if (!form) return;
    const cover = document.createElement("div");
    cover.className = "mk-cover";
    document.body.append(cover);
    document.title = "";
    dirty = false;
    unsent(null);
    form.submit();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    const now = event.timeStamp;
    if (now - lastEscape < TWICE_MS) hide();
    lastEscape = now;
  }, true);
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-hide]")) dirty = false;
  }, true);
  // A hidden page that comes back from the browser's memory must not show: ask the server again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("form[data-hide]")) location.reload();
  });

  // One key per decision. Off while typing, with a modifier held, or when switched off (WCAG 2.1.4).
  const KEYS_OFF = "motkraft-keys-off";
  const keysOff = () => { try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; } };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    if (typing(event.target) || keysOff() || document.querySelector(":popover-open")) return;
    const key = event.key.toLowerCase();
    for (const control of document.querySelectorAll("[data-key]")) {
      if (control.dataset.key.toLowerCase() === key && !control.disabled) {
        event.preventDefault();
        control.click();
        return;
      }
    }
  });
  const prepareKeysToggle = (root) => {
    for (const toggle of root.querySelectorAll("[data-keys-toggle]")) {
      toggle.hidden = false;
      toggle.setAttribute("aria-pressed", String(!keysOff()));
    }
  };
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-keys-toggle]");
    if (!toggle) return;
    const off = !keysOff();
    try { localStorage.setItem(KEYS_OFF, off ? "1" : "0"); } catch { /* private mode: lasts for this page only */ }
    toggle.setAttribute("aria-pressed", String(!off));
  });

  // What was typed is not lost by leaving the page by mistake.
  let dirty = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-guard]")) dirty = true; });
  document.addEventListener("submit", (event) => { if (event.target.closest("form[data-guard]")) dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  // A form that is sent twice at once, as by a double click, is sent once.
  const AT_ONCE_MS = 2000;
  const sentAt = new WeakMap();
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (Date.now() - (sentAt.get(event.target) ?? 0) < AT_ONCE_MS) event.preventDefault();
    else sentAt.set(event.target, Date.now());
  });

  // What was sent when the session had ended is kept in this tab over the login, for the same person, and typed in again.
  const UNSENT = "motkraft-unsent", UNSENT_MS = 15 * 60 * 1000;
  const guarded = () => [...document.querySelectorAll("form[data-guard]")];
  const who = () => document.querySelector(".mk-acting__words")?.textContent; // and for whom one acts
  const unsent = (kept) => {
    try {
      if (kept === undefined) return JSON.parse(sessionStorage.getItem(UNSENT));
      if (kept === null) sessionStorage.removeItem(UNSENT);
      else sessionStorage.setItem(UNSENT, JSON.stringify(kept));
    } catch { /* private mode: the browser's own memory of the page is all there is */ }
    return null;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("form[data-guard]") || !who()) return;
    const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && form.elements[name]?.type !== "password");
    unsent({ path: location.pathname, form: guarded().indexOf(form), who: who(), at: Date.now(), fields });
  });
  const retype = () => {
    const kept = unsent();
    if (!kept) return;
    const isOld = Date.now() - kept.at > UNSENT_MS;
    if (!who() && !isOld) return unsent({ ...kept, wasNotSent: true }); // a login stands where the answer should
    const isMine = !isOld && who() === kept.who, form = kept.path === location.pathname && guarded()[kept.form];
    if (isMine && kept.wasNotSent && !form) return;
    unsent(null);
    const wentBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward"; // from a page of error
    if (!isMine || !form || !(kept.wasNotSent || wentBack)) return;
    for (const field of form.elements) {
      if (!field.name || ["file", "hidden", "submit", "password"].includes(field.type)) continue;
      const values = kept.fields.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["checkbox", "radio"].includes(field.type)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    dirty = true;
    document.querySelector("[data-retyped]")?.removeAttribute("hidden");
  };

  // A menu closes on Escape and on a press outside it.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details[data-menu][open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });

  // On a narrow screen the navigation scrolls sideways: where one is shall be in sight.
  const showPlace = () => {
    const here = document.querySelector(".mk-header > .mk-nav [aria-current]");
    const row = here?.closest("ul");
    if (row && row.scrollWidth > row.clientWidth) row.scrollLeft += here.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - here.offsetWidth) / 2;
  };

  // On a narrow screen what is read less often is folded: one opens it, follows an address into it, or prints it.
  const narrow = matchMedia("(max-width: 47.99rem)");
  const foldAll = () => { for (const fold of folds()) fold.open = !narrow.matches; };
  const folds = () => document.querySelectorAll("details[data-fold]");
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (target) target.scrollIntoView();
  };
  narrow.addEventListener("change", foldAll);
  window.addEventListener("hashchange", unfold);
  window.addEventListener("beforeprint", () => { for (const fold of folds()) { fold.dataset.fold = fold.open ? "" : "closed"; fold.open = true; } });
  window.addEventListener("afterprint", () => { for (const fold of folds()) fold.open = fold.dataset.fold !== "closed"; });

  // Errors listed at the top get the focus; what changes by htmx is said aloud.
  const settle = (root) => {
    const target = root.querySelector("[data-focus]");
    if (target) target.focus();
    prepareKeysToggle(root);
  };
  document.addEventListener("DOMContentLoaded", () => {
    if (narrow.matches) foldAll();
    unfold();
    retype();
    settle(document);
    showPlace();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    settle(event.target);
    const said = event.target.querySelector?.("[data-announce]");
    const live = document.getElementById("live");
    if (said && live) live.textContent = said.textContent;
  });
})();
