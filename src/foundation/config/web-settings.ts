import { boolean, colour, line, wordOutOf, optional, path } from './setting-types.js';
import { define } from './setting-definition.js';

/** Pages that search engines may list, from fewest to most. */
const ROBOTS = ['none', 'front', 'all'] as const;

/** How much a browser is shown, and what pages say of the server. */
export const webSettings = {
  siteName: define({
    name: 'SITE_NAME',
    type: line(60),
    default: (textOf) => new URL(textOf('PUBLIC_URL')).host,
    defaultInWords: 'the host of PUBLIC_URL',
    help: 'Name of the community on its pages.',
  }),
  siteHeadline: define({
    name: 'SITE_HEADLINE',
    type: optional(line(120)),
    default: '',
    help: 'Headline of the front page, in the language of your members; a greeting in the language of the reader when empty.',
  }),
  siteContact: define({
    name: 'SITE_CONTACT',
    type: optional(line(200)),
    default: '',
    help: 'How people reach you: a web or email address, or an Account ID. It stands at the foot of every page.',
  }),
  siteRules: define({
    name: 'SITE_RULES',
    type: optional(path()),
    default: '',
    help: 'A text file with the rules of the server, which pages show at /rules. It is read at the start.',
    mayDiffer: true,
  }),
  sitePicture: define({
    name: 'SITE_PICTURE',
    type: optional(path()),
    default: '',
    help: 'A PNG, JPEG or WebP file, best of 1200 by 630 pixels, that other sites show with links to your pages.',
    mayDiffer: true,
  }),
  siteColour: define({
    name: 'SITE_COLOUR',
    type: colour(),
    default: '#0b6b4f',
    help: 'Colour of buttons and links; pages make it lighter or darker until it can be read.',
  }),
  webRobots: define({
    name: 'WEB_ROBOTS',
    type: wordOutOf(ROBOTS),
    default: 'front',
    help: 'Pages that search engines may list: none, the front page alone, or all with what is said in public rooms.',
  }),
  apiDocs: define({
    name: 'API_DOCS',
    type: boolean(),
    default: 'true',
    help: 'Serve the API reference at /docs, as a page and, at /docs.json, as an OpenAPI document.',
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
