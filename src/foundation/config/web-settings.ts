import { boolean } from './setting-types.js';
import { define } from './setting-definition.js';

/** How much a browser is shown. */
export const webSettings = {
  apiDocs: define({
    name: 'API_DOCS',
    type: boolean(),
    default: 'true',
    help: 'Serve the API reference, an OpenAPI document, at /docs.',
  }),
  webIndex: define({
    name: 'WEB_INDEX',
    type: boolean(),
    default: 'true',
    help: 'List the public rooms on the page that a browser shows at the address of the server.',
  }),
  webSearch: define({
    name: 'WEB_SEARCH',
    type: boolean(),
    default: 'true',
    help: 'Let people search the messages that pages show, which takes an index of their words in the database.',
  }),
  webMessages: define({
    name: 'WEB_MESSAGES',
    type: boolean(),
    default: 'true',
    help: 'Show the messages of rooms that anyone may read on their pages in a browser.',
  }),
};
