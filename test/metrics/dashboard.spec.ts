import { readFile } from 'node:fs/promises';
import { startServer } from '../support/server.js';
import { metricsUrl, scrape } from './scrape.js';

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

/** Every word of an expression that may be a metric: it has an underscore and is neither label nor function. */
function metricsIn(expression: string): string[] {
  const withoutLabels = expression.replace(/\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)/g, '');
  return [...withoutLabels.matchAll(/\b[a-z]+(?:_[a-z0-9]+)+\b/g)]
    .map(([name]) => name)
    .filter((name) => name !== 'histogram_quantile');
}

it('every query of the example dashboard is about metrics that the server has', async () => {
  const file = await readFile('deploy/grafana-dashboard.json', 'utf8');
  const { panels } = JSON.parse(file) as Dashboard;
  const server = await startServer({ env: { METRICS_PORT: '0' } });
  try {
    const { names } = await scrape(metricsUrl(server));
    const asked = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)));
    expect(new Set(asked).size).toBeGreaterThan(15);
    const unknown = asked.filter((name) => !names.has(name) && !names.has(name.replace(/_bucket$/, '')));
    expect(unknown).toEqual([]);
    const unshown = [...names].filter((name) => name.startsWith('plaza_') && !file.includes(name));
    expect(unshown).toEqual([]);
  } finally {
    await server.stop();
  }
});
