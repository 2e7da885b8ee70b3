// Signs the statement on the page with a passkey and sends what it gave. Only with script: a browser asks a passkey
// in no other way.
(() => {
  "use strict";

  const form = document.querySelector("[data-sign-off]");
  const button = form && form.querySelector("[data-sign]");
  const failed = document.querySelector("[data-sign-failed]");
  if (!form || !button) return;
  if (!window.PublicKeyCredential) {
    failed.hidden = false;
    return;
  }

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  button.hidden = false;
  button.addEventListener("click", async () => {
    const asked = JSON.parse(document.getElementById("sign-off-data").textContent);
    failed.hidden = true;
    button.disabled = true;
    try {
      const given = await navigator.credentials.get({
        publicKey: {
          challenge: bytes(asked.challenge),
          rpId: asked.rp_id,
          allowCredentials: asked.credentials.map((id) => ({ type: "public-key", id: bytes(id) })),
          userVerification: "required",
          timeout: 300000,
        },
      });
      form.elements.passkey.value = JSON.stringify({
        rawId: text(given.rawId),
        response: {
          authenticatorData: text(given.response.authenticatorData),
          clientDataJSON: text(given.response.clientDataJSON),
          signature: text(given.response.signature),
        },
      });
      form.submit();
    } catch {
      button.disabled = false;
      failed.hidden = false;
      failed.scrollIntoView({ block: "center" });
    }
  });
})();
