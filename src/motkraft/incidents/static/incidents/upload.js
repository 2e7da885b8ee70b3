/* Sends the files of a form in pieces, so that a lost connection costs at most the piece under way. Without this script
   the form sends them whole. What is kept in the browser: an address without names, under a hash; gone when it is sent. */
"use strict";
(() => {
  const PIECE = 4 * 1024 * 1024;
  const PATIENCE = [1, 2, 4, 8, 15, 30, 30, 30, 60, 60]; // seconds between tries
  const TUS = { "Tus-Resumable": "1.0.0" };

  const wait = (seconds) => new Promise((done) => {
    const timer = setTimeout(done, seconds * 1000);
    window.addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
  });
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const digest = async (bytes) => crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : null;

  class Refused extends Error {}

  const keyOf = async (file, url) => {
    const head = await file.slice(0, 1024 * 1024).arrayBuffer();
    const tail = await file.slice(Math.max(0, file.size - 1024 * 1024)).arrayBuffer();
    const about = new TextEncoder().encode(`${url}|${file.name}|${file.size}|${file.lastModified}`);
    const hash = await digest(await new Blob([about, head, tail]).arrayBuffer());
    return hash && `upload:${base64(hash)}`;
  };

  const send = async (file, form, to, shown) => {
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const ask = (url, options) => fetch(url, { ...options, headers: { ...TUS, "X-CSRFToken": token, ...options.headers }, redirect: "error", credentials: "same-origin" });
    const key = await keyOf(file, to);
    let address = key && localStorage.getItem(key), offset = null, tries = 0;
    const source = form.querySelector("[name=source]:checked, select[name=source]");
    for (;;) {
      try {
        if (address && offset === null) {
          const there = await ask(address, { method: "HEAD" });
          if (there.ok) offset = Number(there.headers.get("Upload-Offset"));
          else if (there.status >= 500) throw new TypeError();
          else address = null;
        }
        if (!address) {
          const metadata = [`filename ${base64(new TextEncoder().encode(file.name))}`];
          if (source) metadata.push(`source ${btoa(source.value)}`);
          const made = await ask(to, { method: "POST", headers: { "Upload-Length": String(file.size), "Upload-Metadata": metadata.join(",") } });
          if (made.status >= 500) throw new TypeError();
          if (made.status !== 201) throw new Refused(await made.text());
          [address, offset] = [made.headers.get("Location"), 0];
          if (key) localStorage.setItem(key, address);
        }
        if (offset >= file.size) {
          const whole = await ask(address, { method: "POST" });
          if (whole.status >= 500) throw new TypeError();
          if (key) localStorage.removeItem(key);
          if (!whole.ok) throw new Refused(await whole.text());
          return;
        }
        const piece = await file.slice(offset, offset + PIECE).arrayBuffer();
        const sum = await digest(piece);
        const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) };
        if (sum) headers["Upload-Checksum"] = `sha256 ${base64(sum)}`;
        const answer = await ask(address, { method: "PATCH", headers, body: piece });
        if (answer.ok) {
          offset = Number(answer.headers.get("Upload-Offset"));
          tries = 0;
          shown(offset / file.size);
          if (answer.headers.get("Content-Location")) { if (key) localStorage.removeItem(key); return; }
        } else if (answer.status === 409) offset = Number(answer.headers.get("Upload-Offset"));
        else if (answer.status === 404 || answer.status === 410) { address = null; if (key) localStorage.removeItem(key); if (++tries > 3) throw new Refused(await answer.text()); }
        else if (answer.status >= 500 || answer.status === 460 || answer.status === 400) throw new TypeError();
        else { if (key) localStorage.removeItem(key); throw new Refused(await answer.text()); }
      } catch (error) {
        if (error instanceof Refused || tries >= PATIENCE.length) throw error;
        shown(null);
        offset = null;
        await wait(PATIENCE[tries++]);
      }
    }
  };

  for (const list of document.querySelectorAll("[data-upload-list]")) {
    const form = list.closest("form"), chosen = form.querySelector("input[type=file]");
    const words = list.dataset;
    form.addEventListener("submit", async (event) => {
      if (event.submitter?.hasAttribute("formaction")) return; // a button with an errand of its own
      if (!chosen.files.length || (chosen.required && !form.reportValidity())) return;
      event.preventDefault();
      const button = form.querySelector(".mk-actions--form button[type=submit]");
      if (button.getAttribute("aria-busy") === "true") return;
      button.setAttribute("aria-busy", "true");
      const leaving = (unload) => unload.preventDefault();
      window.addEventListener("beforeunload", leaving);
      list.hidden = false;
      list.replaceChildren();
      let refused = 0;
      for (const file of chosen.files) {
        const row = document.createElement("li"), bar = document.createElement("progress"), text = document.createElement("span");
        const name = document.createElement("span");
        [name.textContent, name.dir, bar.max, bar.value] = [file.name, "auto", 1, 0];
        bar.setAttribute("aria-label", file.name);
        text.setAttribute("role", "status");
        row.append(name, bar, text);
        list.append(row);
        try {
          await send(file, form, words.to, (share) => {
            if (share === null) { text.textContent = words.waiting; return; }
            bar.value = share;
            text.textContent = `${Math.floor(share * 100)} %`;
          });
          bar.value = 1;
          text.textContent = words.done;
        } catch (error) {
          refused += 1;
          bar.remove();
          text.className = "ds-validation-message";
          text.textContent = error instanceof Refused && error.message ? error.message : words.failed;
        }
      }
      window.removeEventListener("beforeunload", leaving);
      button.removeAttribute("aria-busy");
      chosen.value = "";
      if (refused) return;
      if (words.then) location.assign(words.then);
      else form.requestSubmit(event.submitter); // the files are in: the rest of the form goes its way
    });
  }
})();
