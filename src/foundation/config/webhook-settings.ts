import { define } from './setting-definition.js';
import { boolean } from './setting-types.js';

/** Notices to addresses outside. */
export const webhookSettings = {
  webhookAllowPrivate: define({
    name: 'WEBHOOK_ALLOW_PRIVATE',
    type: boolean(),
    default: 'false',
    help: 'Whether webhooks may be at addresses within this server’s own network, such as an ntfy of your own; those may do without https.',
  }),
};
