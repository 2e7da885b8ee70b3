// Reporting where the connection is poor. The draft lies encrypted on the phone, under a key that no script can read
// out; both are gone once the server has answered that it has the report. Without script the ordinary steps work.
(() => {
  "use strict";

  const own = document.currentScript;
  if ("serviceWorker" in navigator && own.dataset.worker) {
    navigator.serviceWorker.register(own.dataset.worker, { scope: own.dataset.scope }).catch(() => {});
  }

  // On the ordinary steps: what is typed is not sent into nothing.
  const notice = document.querySelector("[data-no-connection]");
  if (notice) {
    document.addEventListener("submit", (event) => {
      notice.hidden = navigator.onLine;
      if (navigator.onLine) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      notice.scrollIntoView({ block: "center" });
    }, true);
    window.addEventListener("online", () => { notice.hidden = true; });
  }

  if (!window.isSecureContext || !window.indexedDB || !crypto.subtle) return;

  const KEPT_MS = 7 * 24 * 3600 * 1000;

  // -- the store: each draft with its key beside it, and whose phone it was last

  const open = () => new Promise((done, failed) => {
    const asked = indexedDB.open("motkraft-report", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("kept", { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  const store = async (mode, act) => {
    const base = await open();
    try {
      return await new Promise((done, failed) => {
        const moved = base.transaction("kept", mode);
        const asked = act(moved.objectStore("kept"));
        moved.oncomplete = () => done(asked.result);
        moved.onerror = moved.onabort = () => failed(moved.error);
      });
    } finally {
      base.close();
    }
  };
  const get = (id) => store("readonly", (kept) => kept.get(id));
  const put = (value) => store("readwrite", (kept) => kept.put(value));
  const remove = (id) => store("readwrite", (kept) => kept.delete(id));

  const seal = async (values, draft) => {
    const key = draft?.key ?? await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(values)));
    return { key, iv, sealed };
  };
  const unseal = async (draft) => JSON.parse(new TextDecoder().decode(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv: draft.iv }, draft.key, draft.sealed),
  ));

  // -- the ordinary steps: what is typed and not yet saved by the server survives a closed phone

  const PREFIX = "step:";
  const rows = async () => (await store("readonly", (kept) => kept.getAll())).filter((row) => row.id.startsWith(PREFIX));
  const SAVED = "motkraft-report-saved"; // which step was sent last: the page after it says that it arrived
  const draftOf = document.querySelector("[data-draft]")?.dataset;
  const tidy = async () => {
    const saved = sessionStorage.getItem(SAVED);
    if (saved && saved !== `${PREFIX}${draftOf?.draft}:${draftOf?.step}`) {
      await remove(saved);
      sessionStorage.removeItem(SAVED);
    }
    for (const row of await rows()) if (Date.now() - row.at > KEPT_MS) await remove(row.id);
  };
  const keepStep = async (steps, id) => {
    const found = await get(id);
    if (found) {
      const values = await unseal(found);
      const before = JSON.stringify([...new FormData(steps).entries()]);
      for (const control of steps.elements) {
        if (!control.name || control.type === "hidden" || control.type === "file") continue;
        if (control.type === "checkbox") control.checked = control.name in values;
        else if (control.type === "radio") control.checked = control.value === values[control.name];
        else if (control.name in values) control.value = values[control.name];
      }
      document.querySelector("[data-restored]").hidden = before === JSON.stringify([...new FormData(steps).entries()]);
    }
    let waiting;
    let writing = Promise.resolve();
    steps.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        const values = Object.fromEntries([...new FormData(steps).entries()].filter(
          ([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken",
        ));
        writing = writing.catch(() => {}).then(async () => put({ id, at: Date.now(), ...await seal(values, await get(id)) }));
      }, 300);
    });
    steps.addEventListener("submit", () => {
      clearTimeout(waiting);
      sessionStorage.setItem(SAVED, id);
    });
  };
  (async () => {
    await tidy();
    if (!draftOf) return;
    const mine = (await rows()).filter((row) => row.id.startsWith(`${PREFIX}${draftOf.draft}:`));
    if (draftOf.sent !== undefined) return Promise.all(mine.map((row) => remove(row.id)));
    if (draftOf.step) return keepStep(document.querySelector("form[data-guard]"), `${PREFIX}${draftOf.draft}:${draftOf.step}`);
    const left = mine[0];
    if (!left) return;
    const link = document.querySelector("[data-unsaved] a");
    link.href = link.href.replace(/[^/]+$/, left.id.split(":")[2]);
    document.querySelector("[data-unsaved]").hidden = false;
  })().catch(() => {});

  // -- the page without a connection

  const form = document.querySelector("form[data-report]");
  if (!form) return;

  const say = (name) => {
    for (const each of document.querySelectorAll("[data-say]")) each.hidden = each.dataset.say !== name;
  };

  // -- the form

  const read = () => Object.fromEntries(new FormData(form).entries());
  const write = (values) => {
    for (const control of form.elements) {
      if (!control.name || !(control.name in values)) continue;
      if (control.type === "checkbox") control.checked = true;
      else if (control.type === "radio") control.checked = control.value === values[control.name];
      else control.value = values[control.name];
    }
  };

  let saving = Promise.resolve();
  const save = (state) => {
    const values = read();
    saving = saving.catch(() => {}).then(async () => {
      const draft = await get("draft");
      const who = draft?.who || (await get("who"))?.value || "";
      const client = draft?.client ?? crypto.randomUUID();
      await put({ id: "draft", client, who, state, at: Date.now(), ...await seal(values, draft) });
    });
    return saving;
  };
  const forget = async () => {
    clearTimeout(timer);
    await saving.catch(() => {});
    await remove("draft");
    form.reset();
  };

  // -- sending: first ask who is signed in, then hand it over; it is gone from here when the server has it

  const ask = async () => {
    const answer = await fetch(form.dataset.receiver, { redirect: "manual", headers: { Accept: "application/json" } });
    if (answer.type === "opaqueredirect" || !answer.ok) return null;
    return answer.json();
  };
  const send = async () => {
    await saving;
    const draft = await get("draft");
    if (!draft) return;
    let found;
    try {
      found = await ask();
    } catch {
      return say("waiting");
    }
    if (!found) return say("sign-in");
    if (draft.who && draft.who !== found.who) return say("another");
    await put({ id: "who", value: found.who });
    let answer;
    try {
      answer = await fetch(form.dataset.receiver, {
        method: "POST",
        redirect: "manual",
        headers: { "Content-Type": "application/json", "X-CSRFToken": found.csrf },
        body: JSON.stringify({ client_id: draft.client, ...await unseal(draft) }),
      });
    } catch {
      return say("waiting");
    }
    if (answer.status === 201) {
      const { reference, url } = await answer.json();
      await forget();
      const link = document.querySelector("[data-sent-link]");
      link.href = url;
      link.textContent = reference;
      form.hidden = true;
      return say("sent");
    }
    if (answer.status !== 400) return say("waiting");
    const { errors } = await answer.json();
    await put({ ...await get("draft"), state: "draft" });
    document.querySelector("[data-errors]").textContent = errors.join(" ");
    return say("refused");
  };

  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => save("draft").then(() => say("kept")), 300);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    save("waiting").then(send);
  });
  window.addEventListener("online", async () => { if ((await get("draft"))?.state === "waiting") send(); });
  for (const button of document.querySelectorAll("[data-forget]")) {
    button.addEventListener("click", async () => {
      await forget();
      form.hidden = false;
      say("forgotten");
    });
  }

  (async () => {
    const draft = await get("draft");
    if (draft && Date.now() - draft.at > KEPT_MS) await remove("draft");
    else if (draft) {
      const last = (await get("who"))?.value ?? "";
      if (draft.who && last && draft.who !== last) {
        form.hidden = true;
        return say("another");
      }
      write(await unseal(draft));
      say("kept");
    }
    form.hidden = false;
    if (navigator.onLine) {
      try {
        const found = await ask();
        if (found && draft?.who && draft.who !== found.who) {
          form.reset();
          form.hidden = true;
          say("another");
          return;
        }
        if (found) await put({ id: "who", value: found.who });
      } catch { /* no connection after all */ }
    }
    if (draft?.state === "waiting" && navigator.onLine) send();
  })();
})();
