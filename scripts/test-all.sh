#!/usr/bin/env bash
# Everything that CI checks beyond `npm test`: lint, types, generated files, contract coverage, the demo end to end.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

echo "== lint and types"
biome ci . --diagnostic-level=warn
solhint --disc --noPoster -w 0 'contracts/**/*.sol'
tsc --noEmit -p .

echo "== generated files do not differ when made again"
before=$(git status --porcelain)
npm run --silent generate
after=$(git status --porcelain)
[ "$before" = "$after" ] || { echo "generated files differ:"; git --no-pager diff --stat; exit 1; }

echo "== the pages, in a real browser (Debian package chromium)"
npm run --silent test:web

echo "== contracts: every line and statement covered"
coverage=$(hardhat test --coverage 2>&1)
echo "$coverage" | grep -E "^║ (contracts/|Total)"
echo "$coverage" | grep -qE "^║ Total +│ 100.00 │ 100.00 " || { echo "coverage is below 100 %"; exit 1; }

echo "== the demo: load, restart, verify, fsck, tampered proof refused"
home=$(mktemp -d)
rmdir "$home"
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$home" "$home".*' EXIT
export SILVERLEDGER_HOME="$home" SILVERLEDGER_PORT=0 SILVERLEDGER_LOG=error
start_server() {
  node --disable-warning=ExperimentalWarning scripts/cli.ts start --json > "$home.out" 2>"$home.err" &
  server=$!
  for _ in $(seq 1 1200); do grep -q '"url"' "$home.out" && return; sleep 0.1; done
  echo "the server did not come up"; cat "$home.out" "$home.err"; exit 1
}
stop_server() { kill -TERM "$server"; wait "$server" || true; }
began=$(date +%s)
start_server
echo "npm start on a new home: $(( $(date +%s) - began )) s"
url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$home.out")
curl -sf "$url/readyz" >/dev/null
curl -sf -H "accept: text/html" "$url/" | grep -q 'id="root"' || { echo "no pages are served"; exit 1; }
npx silverledger people list | grep -c 2fa | grep -qx 7
npx silverledger people code --username wu-auditor | grep -qE "^[0-9]{6}$"
region=310105
seals=$(curl -sf "$url/api/v1/regions/$region/seals" | grep -o '"anchor":{' | wc -l)
[ "$seals" -ge 14 ] || { echo "only $seals days are anchored"; exit 1; }
npx silverledger follow --server "$url" --region $region --copy "$home.copy" --once
kill -KILL "$server"; wait "$server" 2>/dev/null || true
echo "killed; starting again on the same home"
start_server
stop_server
id=$(sed -n 2p "$home/dataset/visits.csv" | cut -d, -f1)
npx silverledger proof "$id" --out "$home.proof.json"
npx silverledger verify "$home.proof.json" | tee "$home.verified"
grep -qE "P4 held .*run [0-9]+ (released|approved)" "$home.verified" || { echo "the proof does not reach the payout"; exit 1; }
npx silverledger checkpoint --out "$home.checkpoint"
npx silverledger verify "$home.proof.json" --checkpoint "$home.checkpoint"
sed 's/"endedAt": 1/"endedAt": 2/' "$home.proof.json" > "$home.bad.json"
if npx silverledger verify "$home.bad.json" > "$home.bad.out"; then echo "a tampered proof was accepted"; exit 1; fi
sed 's/"shareFen": "/"shareFen": "1/' "$home.proof.json" > "$home.bad.json"
if npx silverledger verify "$home.bad.json" > "$home.bad.out"; then echo "a tampered payment was accepted"; exit 1; fi

echo "== the demo's money: three returns, a debt netted and one half repaid, a run open to objections, a budget"
allowance="--fund city-allowance-2026"
returned=$(npx silverledger payout status $allowance --run 1 | grep -c " returned AC04")
[ "$returned" -eq 3 ] || { echo "$returned payments came back instead of 3"; exit 1; }
npx silverledger payout status $allowance --run 2 | grep -c " paid" | grep -qx 3
npx silverledger payout status --fund ltci-2026 --run 1 | grep -q " paid" || { echo "no care was paid"; exit 1; }
npx silverledger books $allowance | grep -E "owed|RunReleased run 3|DebtRepaid|holds"
npx silverledger payout publicity --fund ltci-2026 --run 2
npx silverledger settle --revise
npx silverledger fund appropriate --fund ltci-2026 --yuan 1000 --document README.md --out "$home.budget.json"
npx silverledger sign "$home.budget.json" --key "$home/demo-officials/sun-treasury.key" --yes
npx silverledger relay "$home.budget.json"
npx silverledger books > "$home.books"
grep -q "+1000.00 Appropriated" "$home.books"
if npx silverledger payout prepare $allowance > "$home.prepared" 2>&1; then echo "paid twice"; exit 1; fi
grep -q nothing_due "$home.prepared"
npx silverledger fsck

echo "== reviews: every verdict again byte for byte, one explained, a labelled district evaluated"
npx silverledger replay > "$home.replay"
[ "$(grep -c ' same ' "$home.replay")" -ge 14 ] || { echo "verdicts differ when computed again:"; cat "$home.replay"; exit 1; }
verdict=$(npx silverledger verdicts | grep " R01 " | head -1 | cut -d' ' -f1)
npx silverledger verdicts --explain "$verdict" --by ci --purpose "end-to-end check" | grep -q "重叠"
npx silverledger verdicts --queue | grep -c " held " > /dev/null
npx silverledger dataset "$home.labelled" --days 14 --instances 3 --cases 5 --seed 31337 > /dev/null
npx silverledger evaluate "$home.labelled" > "$home.evaluated"
held=$(grep -o '"clean_held_percent":[0-9.]*' "$home.evaluated" | cut -d: -f2)
[ "$(echo "$held <= 0.3" | bc)" -eq 1 ] || { echo "$held % of clean visits are held"; exit 1; }
echo "test:all passed"
