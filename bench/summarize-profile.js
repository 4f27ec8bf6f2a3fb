// Prints where the time of a --cpu-prof file goes: self time by function, the largest first.
import { readFileSync } from 'node:fs';

const profile = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
const self = new Map();
let total = 0;
for (const [index, id] of profile.samples.entries()) {
  const { functionName, url, lineNumber } = nodes.get(id).callFrame;
  if (functionName === '(idle)') continue;
  const place = url.replace(/^.*\/(node_modules|dist[^/]*)\//, '');
  const key = `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`;
  const micros = profile.timeDeltas[index];
  self.set(key, (self.get(key) ?? 0) + micros);
  total += micros;
}
const rows = [...self].sort((a, b) => b[1] - a[1]).slice(0, Number(process.argv[3] ?? 40));
for (const [key, micros] of rows) console.log(`${((micros * 100) / total).toFixed(1).padStart(5)} %  ${key}`);
