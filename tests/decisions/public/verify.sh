#!/usr/bin/env bash
# Verify a decision with public tools alone, as docs/formats/verify-with-public-tools.md says; nothing of Motkraft runs.
# The folder given holds: notice.pdf, receipt.tlog-proof, log.vkey, roots.pem, log/ (the published files), record.json,
# identity.txt (a custodian's key). It prints one line for each thing that is shown, and stops at the first that fails.
set -euo pipefail
cd "$1"
say() { printf 'shown: %s\n' "$*"; }

# The seal: CMS over all bytes but its own place (ISO 32000-2, 12.8.1; ETSI EN 319 142-1).
hole() { # number of the signature -> covered-N.bin, container-N.der
    local range before after rest
    range=$(grep -aoE '/ByteRange \[0 [0-9]+ [0-9]+ [0-9]+' notice.pdf | sed -n "$1p")
    read -r _ _ before after rest <<<"${range/\[/ }"
    { head -c "$before" notice.pdf; head -c $((after + rest)) notice.pdf | tail -c "$rest"; } >"covered-$1.bin"
    head -c "$after" notice.pdf | tail -c +$((before + 2)) | tr -d '>' | xxd -r -p >"container-$1.der"
}
hole 1
openssl cms -verify -binary -inform DER -in container-1.der -content covered-1.bin -CAfile roots.pem -purpose any \
    -signer seal.pem -out /dev/null 2>/dev/null
say "the seal holds, by $(openssl x509 -in seal.pem -noout -subject -nameopt utf8,sep_multiline | sed -n 's/ *O=//p')"
pdfsig -nocert notice.pdf | grep 'Signature is Valid' >/dev/null
say "pdfsig agrees"

# The archive timestamp: RFC 3161 over the whole file.
hole 2
[ $(($(wc -c <covered-2.bin) + $(wc -c <container-2.der) * 2 + 2)) = "$(wc -c <notice.pdf)" ]
openssl ts -verify -in container-2.der -token_in -data covered-2.bin -CAfile roots.pem 2>/dev/null | grep OK >/dev/null
say "the archive timestamp covers the whole file: $(openssl ts -reply -in container-2.der -token_in -text 2>/dev/null |
    sed -n 's/^Time stamp: //p')"

# The log: event and salt give the entry, the proof leads to the signed root, and all tiles lead there too.
"${LOGCHECK:-logcheck}" receipt.tlog-proof log.vkey log >event.json
say "the event stands in the signed log, and its tiles give the signed root"
[ "$(jq -r .data.notice_sha256 event.json)" = "$(sha256sum notice.pdf | cut -d' ' -f1)" ]
[ "$(jq -r .data.certificate_sha256 event.json)" = "$(openssl x509 -in seal.pem -outform DER | sha256sum | cut -d' ' -f1)" ]
[ "$(jq -r .data.records.original event.json)" = "$(sha256sum record.json | cut -d' ' -f1)" ]
[ "$(jq -r .data.commitment event.json)" = "$(jq -r .commitment record.json)" ]
say "the log names this notice, this certificate and this sealed record"

# The sealed record: a custodian opens the own share.
custodian=$(jq -r --arg key "$(age-keygen -y identity.txt)" '.custodians | to_entries[] | select(.value == $key) | .key' record.json)
words=$(jq -r --arg who "$custodian" '.shares[$who]' record.json | base64 -d | age -d -i identity.txt | wc -w)
[ "$words" = 33 ]
say "a custodian's share opens with age"
