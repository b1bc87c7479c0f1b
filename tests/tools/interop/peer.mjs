// otplib: checks the codes of standard input, or generates keys with their codes.
//
//     node peer.mjs check < LINES
//     node peer.mjs generate SEED COUNT
import { readFileSync } from "node:fs";
import { ScureBase32Plugin, generateSync, generateURI } from "otplib";
import { parse } from "@otplib/uri";

const defaults = { algorithm: "sha1", digits: 6 };

function code(type, params, epoch) {
  const { secret, algorithm, digits } = { ...defaults, ...params };
  const common = { strategy: type, secret, algorithm, digits };
  const moving = type === "hotp" ? { counter: params.counter } : { period: params.period ?? 30, epoch };
  return generateSync({ ...common, ...moving });
}

function check() {
  const lines = readFileSync(0, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  for (const line of lines) {
    const { type, params } = parse(line.uri);
    const ours = code(type, params, line.time);
    if (ours !== line.code) throw new Error(`otplib: ${ours} is not ${line.code}: ${line.uri}`);
  }
  console.log(`otplib: ${lines.length} codes are equal`);
}

function generate(seed, count) {
  // mulberry32, so that a run can be repeated.
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (end) => Math.floor(random() * end);
  const pick = (values) => values[below(values.length)];
  const symbols = [..."abcXYZ019 .-_@'!~,äßé€日本🔑"];
  const name = () => `n${Array.from({ length: 1 + below(20) }, () => pick(symbols)).join("")}n`;
  const base32 = new ScureBase32Plugin();
  for (let made = 0; made < count; made++) {
    const secret = base32.encode(Uint8Array.from({ length: 16 + below(49) }, () => below(256)));
    const type = pick(["hotp", "totp", "totp", "totp"]);
    const params = { secret, algorithm: pick(["sha1", "sha256", "sha512"]), digits: pick([6, 7, 8]) };
    if (type === "hotp") params.counter = below(Number.MAX_SAFE_INTEGER);
    else params.period = pick([30, 15 + below(106)]);
    const [issuer, account, time] = [name(), name(), below(7258118400)];
    const uri = generateURI({ strategy: type, issuer, label: account, ...params });
    const line = { from: "otplib", uri, time, code: code(type, params, time), issuer, account };
    console.log(JSON.stringify(line));
  }
}

const [task, seed, count] = process.argv.slice(2);
if (task === "check") check();
else generate(Number(seed), Number(count));
