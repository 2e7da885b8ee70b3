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

  const say = (name) => {
    for (const each of document.querySelectorAll("[data-say]")) each.hidden = each.dataset.say !== name;
  };
  if (!window.isSecureContext || !window.indexedDB || !crypto.subtle) return say("cannot");

  const DAY_MS = 24 * 3600 * 1000;
  const KEPT_MS = 7 * DAY_MS;
  const ALARM_KEPT_MS = 90 * DAY_MS; // since it was last seen with a connection

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
  const all = (prefix) => store("readonly", (kept) => kept.getAll(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
  const get = (id) => store("readonly", (kept) => kept.get(id));
  const put = (value) => store("readwrite", (kept) => kept.put(value));
  const remove = (id) => store("readwrite", (kept) => kept.delete(id));

  const sealBytes = async (bytes, before) => {
    const key = before?.key ?? await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { key, iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
  };
  const unsealBytes = (row) => crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, row.key, row.sealed);
  const seal = (values, before) => sealBytes(new TextEncoder().encode(JSON.stringify(values)), before);
  const unseal = async (row) => JSON.parse(new TextDecoder().decode(await unsealBytes(row)));

  // -- who is signed in, as a number that says nothing, and what to do at an alarm where they work

  const ask = async (receiver) => {
    const answer = await fetch(receiver, { redirect: "manual", headers: { Accept: "application/json" } });
    if (answer.type === "opaqueredirect" || !answer.ok) return null;
    const found = await answer.json();
    await put({ id: "who", value: found.who });
    if (found.alarm.length) await put({ id: "alarm", who: found.who, at: Date.now(), ...await seal(found.alarm) });
    else await remove("alarm");
    return found;
  };
  if (own.dataset.receiver && navigator.onLine) ask(own.dataset.receiver).catch(() => {});

  // -- the ordinary steps: what is typed and not yet saved by the server survives a closed phone

  const PREFIX = "step:";
  const SAVED = "motkraft-report-saved"; // which step was sent last: the server's answer leads to the page after it
  const draftOf = document.querySelector("[data-draft]")?.dataset;
  const tidy = async () => {
    const saved = sessionStorage.getItem(SAVED);
    sessionStorage.removeItem(SAVED);
    const arrived = performance.getEntriesByType("navigation")[0]?.redirectCount > 0;
    if (saved && arrived && saved !== `${PREFIX}${draftOf?.draft}:${draftOf?.step}`) await remove(saved);
    for (const row of await all("")) {
      if (Date.now() - row.at > (row.id === "alarm" ? ALARM_KEPT_MS : KEPT_MS)) await remove(row.id);
    }
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
    steps.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return; // files go first
      clearTimeout(waiting);
      sessionStorage.setItem(SAVED, id);
    });
  };
  const tidied = tidy();
  (async () => {
    await tidied;
    if (!draftOf) return;
    const mine = await all(`${PREFIX}${draftOf.draft}:`);
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
    for (const row of await all("file:")) await remove(row.id);
    await remove("sent");
    await remove("draft");
    form.reset();
    await listFiles();
  };

  // -- pictures and recordings: each under a key of its own, until the server has it

  const LARGEST = 25 * 1024 * 1024;
  const MOST = 10;
  const PIECE = 4 * 1024 * 1024;
  const chosen = form.querySelector("[data-files]");
  const list = document.querySelector("[data-kept-files]");
  const tell = (words, name = "refused") => {
    document.querySelector(`[data-say="${name}"] [data-errors]`).textContent = words;
    say(name);
  };
  const another = () => {
    form.hidden = list.hidden = true;
    say("another");
  };
  const listFiles = async () => {
    const items = [];
    for (const row of await all("file:")) {
      const { name } = await unseal(row.about);
      const item = document.createElement("li");
      const label = document.createElement("bdi");
      const drop = document.createElement("button");
      label.textContent = name;
      drop.type = "button";
      drop.className = "ds-button";
      drop.dataset.variant = "tertiary";
      drop.textContent = list.dataset.takeOut;
      drop.setAttribute("aria-label", `${list.dataset.takeOut}: ${name}`);
      drop.addEventListener("click", async () => {
        await remove(row.id);
        await listFiles();
        if (await get("sent")) return send();
        chosen.focus();
      });
      item.append(label, drop);
      items.push(item);
    }
    list.replaceChildren(...items);
    list.hidden = !items.length;
    return items.length;
  };
  const keepFile = async (file) => {
    if (!file.size || file.size > LARGEST) return tell(`${file.name}: ${list.dataset.tooLarge}`);
    if ((await all("file:")).length >= MOST) return tell(`${file.name}: ${list.dataset.tooMany}`);
    const kept = await sealBytes(await file.arrayBuffer());
    try {
      await put({ id: `file:${Date.now()}:${crypto.randomUUID()}`, at: Date.now(), ...kept, about: await seal({ name: file.name }, kept) });
    } catch {
      return tell(`${file.name}: ${list.dataset.noRoom}`);
    }
    return say("kept");
  };
  chosen.addEventListener("change", async () => {
    const files = [...chosen.files];
    await save("draft");
    say("kept");
    for (const file of files) await keepFile(file);
    chosen.value = "";
    await listFiles();
  });

  // -- sending: first ask who is signed in, then hand it over; it is gone from here when the server has it

  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  class Refused extends Error {}
  const sendFile = async (row, sent, csrf) => {
    const bytes = await unsealBytes(row);
    const { name } = await unseal(row.about);
    const upload = async (url, method, headers, body) => {
      const options = { method, body, redirect: "error", headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": csrf, ...headers } };
      const answer = await fetch(url, options);
      if (answer.ok) return answer;
      if (answer.status === 413 || answer.status === 422) throw new Refused(`${name}: ${await answer.text()}`);
      throw Object.assign(new TypeError(), { isGone: answer.status === 404 || answer.status === 410 }); // tried again later
    };
    const begun = row.address && await upload(row.address, "HEAD", {}).catch((error) => { if (!error.isGone) throw error; });
    let address = row.address;
    if (!begun) {
      const metadata = `filename ${base64(new TextEncoder().encode(name))}`;
      const made = await upload(sent.upload, "POST", { "Upload-Length": String(bytes.byteLength), "Upload-Metadata": metadata });
      address = made.headers.get("Location");
      await put({ ...row, address }); // goes on there when the connection is lost
    }
    let offset = Number(begun?.headers.get("Upload-Offset") ?? 0);
    if (offset >= bytes.byteLength && !begun.headers.get("Content-Location")) await upload(address, "POST", {});
    while (offset < bytes.byteLength) {
      const piece = bytes.slice(offset, offset + PIECE);
      const sum = base64(new Uint8Array(await crypto.subtle.digest("SHA-256", piece)));
      const told = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset), "Upload-Checksum": `sha256 ${sum}` };
      const answer = await upload(address, "PATCH", told, piece);
      offset = Number(answer.headers.get("Upload-Offset"));
      if (offset >= bytes.byteLength && !answer.headers.get("Content-Location")) throw new TypeError(); // no receipt
    }
    await remove(row.id);
  };
  const sendFiles = async (csrf) => {
    const sent = await get("sent");
    form.hidden = list.hidden = true;
    const refused = [];
    for (const row of await all("file:")) {
      say("files");
      try {
        await sendFile(row, sent, csrf);
      } catch (error) {
        if (!(error instanceof Refused)) return say("files-waiting");
        refused.push(error.message); // it may be the only one there is: only who has it takes it out
      }
    }
    await listFiles();
    if (refused.length) return tell(refused.join(" "), "files-refused");
    await remove("sent");
    const link = document.querySelector("[data-sent-link]");
    link.href = sent.url;
    link.textContent = sent.reference;
    say("sent");
  };

  const sendAll = async () => {
    await saving;
    const draft = await get("draft");
    const sent = await get("sent");
    if (!draft && !sent) return;
    let found;
    try {
      found = await ask(form.dataset.receiver);
    } catch {
      return say(sent ? "files-waiting" : "waiting");
    }
    if (!found) return say("sign-in");
    const who = (sent ?? draft).who;
    if (who && who !== found.who) return another();
    if (sent) return sendFiles(found.csrf);
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
      const { reference, url, upload } = await answer.json();
      clearTimeout(timer);
      await put({ id: "sent", who: found.who, at: Date.now(), reference, url, upload });
      await remove("draft");
      form.reset();
      return sendFiles(found.csrf);
    }
    if (answer.status !== 400) return say("waiting");
    const { errors } = await answer.json();
    await put({ ...await get("draft"), state: "draft" });
    return tell(errors.join(" "));
  };
  let sending = null; // one at a time, whatever asks for it
  const send = () => {
    sending ??= sendAll().finally(() => { sending = null; });
    return sending;
  };

  let timer;
  form.addEventListener("input", (event) => {
    if (event.target === chosen) return;
    clearTimeout(timer);
    timer = setTimeout(() => save("draft").then(() => say("kept")), 300);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    save("waiting").then(send);
  });
  window.addEventListener("online", async () => {
    if (await get("sent") || (await get("draft"))?.state === "waiting") send();
  });
  for (const button of document.querySelectorAll("[data-forget]")) {
    button.addEventListener("click", async () => {
      await forget();
      form.hidden = false;
      say("forgotten");
    });
  }

  const showAlarm = async () => {
    const row = await get("alarm");
    const last = (await get("who"))?.value;
    const shown = document.querySelector("[data-alarm]");
    shown.hidden = !row || row.who !== last;
    if (shown.hidden) return;
    const parts = [];
    for (const { office, routine, phone } of await unseal(row)) {
      const [name, words] = [document.createElement("h3"), document.createElement("p")];
      [name.textContent, words.textContent, words.className] = [office, routine, "incident-routine"];
      parts.push(name, words);
      if (!phone) continue;
      const [line, link] = [document.createElement("p"), document.createElement("a")];
      [link.href, link.textContent, link.className] = [`tel:${phone}`, phone, "ds-link"];
      line.append(link);
      parts.push(line);
    }
    shown.querySelector("[data-alarm-words]").replaceChildren(...parts);
  };

  (async () => {
    await tidied.catch(() => {});
    await showAlarm();
    const [draft, sent] = [await get("draft"), await get("sent")];
    const last = (await get("who"))?.value ?? "";
    const who = (sent ?? draft)?.who ?? "";
    if (who && last && who !== last) return another();
    if (sent) {
      say("files-waiting");
    } else {
      if (draft) {
        write(await unseal(draft));
        say("kept");
      }
      await listFiles();
      form.hidden = false;
    }
    if (!navigator.onLine) return;
    if (sent || draft?.state === "waiting") return send();
    try {
      const found = await ask(form.dataset.receiver);
      await showAlarm();
      if (found && who && who !== found.who) {
        form.reset();
        another();
      }
    } catch { /* no connection after all */ }
  })().catch(() => { if (form.hidden) say("cannot"); }); // such as in a private window
})();
