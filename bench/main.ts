// `npm run bench [-- NAME…]`: the server beside bare ones in one run. Rounds are interleaved, medians are printed, and what counts
// is the ratio: an absolute number tells more of the machine than of the server.
import { auth } from "./auth.ts";
import { health } from "./health.ts";
import { login } from "./login.ts";
import type { Figure } from "./report.ts";
import { printTable, verdict } from "./report.ts";
import { repository } from "./repository.ts";
import { security } from "./security.ts";
import { startUp } from "./start-up.ts";

const benchmarks: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  "start-up": startUp,
  health,
  auth,
  login,
  repository,
  security,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => benchmarks[name] === undefined);
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, run] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const found = await run();
  printTable(name, found);
  figures.push(...found);
}
process.exitCode = verdict(figures) ? 0 : 1;
