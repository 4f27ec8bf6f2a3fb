import { define } from './setting-definition.js';
import { connectionUrl, optional } from './setting-types.js';

/** Where newer versions are told of. */
export const updateSettings = {
  releasesUrl: define({
    name: 'RELEASES_URL',
    type: optional(connectionUrl(['https', 'http'], 'https://example.org/plaza/CHANGELOG.md')),
    default: '',
    help: 'Address of the CHANGELOG.md of those whom you have Plaza from; `plaza update --check` reads it, and nothing else ever asks there.',
    mayDiffer: true,
  }),
};
