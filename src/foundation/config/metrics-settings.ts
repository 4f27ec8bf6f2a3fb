import { host, integer, metricsToken, optional } from './setting-types.js';
import { define } from './setting-definition.js';

/** Where meters can be read. */
export const metricsSettings = {
  metricsPort: define({
    name: 'METRICS_PORT',
    type: optional(integer(0, 65_535)),
    default: '',
    help: 'TCP port that serves Prometheus metrics at /metrics, 0 for any free one; empty: no metrics.',
    mayDiffer: true,
  }),
  metricsHost: define({
    name: 'METRICS_HOST',
    type: host(),
    default: '127.0.0.1',
    help: 'Address on which METRICS_PORT listens; 0.0.0.0 for all.',
    mayDiffer: true,
  }),
  metricsToken: define({
    name: 'METRICS_TOKEN',
    type: optional(metricsToken()),
    default: '',
    help: 'The bearer token that a scraper of the metrics must send; empty: none.',
    secret: true,
    mayDiffer: true,
  }),
};
