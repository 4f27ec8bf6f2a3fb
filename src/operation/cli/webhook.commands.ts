import { type Command, Option } from 'commander';
import {
  NOTICE_KINDS,
  type NoticeKind,
  type Webhook,
  WEBHOOK_FORMS,
  type WebhookForm,
} from '../../records/webhooks/notice.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { idArgument, roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';
import { oneLine } from '../../foundation/wording.js';
import { UsageError } from './usage-error.js';

const FAILURE_SHOWN = 120;
const LONGEST_URL = 2_000;

interface AddWebhookOptions {
  room?: string;
  events: readonly NoticeKind[];
  form: WebhookForm;
  json?: true;
}

/** A webhook as the list shows it: its address may hold a password. */
function reportOf(webhook: Webhook): object {
  const { id, form, room, kinds, createdAt, disabledAt, delivered, waiting, lost } = webhook;
  return {
    id,
    url: shownUrl(webhook.url),
    form,
    room,
    events: kinds,
    created: createdAt,
    disabled: disabledAt,
    delivered,
    waiting,
    lost,
    last_delivery: webhook.deliveredAt,
    last_failure: webhook.failedAt,
    failure: webhook.failure,
  };
}

function describe(webhook: Webhook): string {
  const { id, form, room, kinds, delivered, waiting, lost, disabledAt, failedAt, failure } = webhook;
  const numbers = `delivered: ${delivered}, waiting: ${waiting}, lost: ${lost}`;
  const failed =
    failedAt === null ? '-' : `${formatMoment(failedAt)} ${oneLine(failure ?? '', FAILURE_SHOWN)}`;
  const state = disabledAt === null ? 'on' : `off since ${formatMoment(disabledAt)}`;
  return [id, shownUrl(webhook.url), form, room ?? '-', kinds.join(','), state, numbers, failed].join('\t');
}

function shownUrl(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  return url.href;
}

function urlArgument(text: string): string {
  if (text.length <= LONGEST_URL && URL.canParse(text)) return text;
  throw new UsageError(
    `a URL of at most ${LONGEST_URL} characters, not ${JSON.stringify(oneLine(text, 80))}`,
  );
}

/** Kinds of notices, separated by commas; throws UsageError when one is unknown. */
function kindsArgument(text: string): readonly NoticeKind[] {
  const kinds = NOTICE_KINDS.filter((kind) => text.split(',').includes(kind));
  const unknown = text.split(',').find((word) => !(NOTICE_KINDS as readonly string[]).includes(word));
  if (unknown === undefined) return kinds;
  throw new UsageError(`events are ${NOTICE_KINDS.join(', ')}, not ${JSON.stringify(unknown)}`);
}

async function add(
  context: CommandContext,
  url: string,
  { room, events, form, json }: AddWebhookOptions,
): Promise<void> {
  const added = await context.changeCommunity((tx, services) =>
    services.get(WebhooksService).add(tx, { url, form, room, kinds: events }),
  );
  if (json) context.output.json(added);
  else {
    const { id, secret } = added;
    context.output.lines([`webhook: ${id}`, ...(secret === null ? [] : [`secret: ${secret}`])]);
  }
}

function registerAdd(webhook: Command, context: CommandContext): void {
  webhook
    .command('add')
    .description('Add one; prints its id and, once only, the secret by which it checks signatures.')
    .argument('<url>', 'where notices are sent to, by POST', urlArgument)
    .option('--room <token>', 'of this room alone', roomTokenArgument)
    .option('--events <list>', `some of ${NOTICE_KINDS.join(',')}`, kindsArgument, NOTICE_KINDS)
    .addOption(
      new Option('--form <form>', 'signed JSON (Standard Webhooks), or text for a topic of ntfy')
        .choices(WEBHOOK_FORMS)
        .default('standard'),
    )
    .option('--json', 'print JSON')
    .action((url: string, options: AddWebhookOptions) => add(context, url, options));
}

/** `plaza webhook …`: addresses outside that are told what happens, so that a phone rings. */
export function registerWebhookCommands(program: Command, context: CommandContext): void {
  const webhook = program
    .command('webhook')
    .description('Have addresses outside told of raids, reports and what waits for a moderator.');
  registerAdd(webhook, context);
  webhook
    .command('list')
    .description('List them: id, address, form, room, events, state, numbers, last failure.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const webhooks = await context.withCommunity((services) => services.get(WebhooksService).list());
      if (json) context.output.json(webhooks.map(reportOf));
      else context.output.lines(webhooks.map(describe));
    });
  webhook
    .command('test')
    .description('Send a notice that says it is a test, at once; fails when it is not taken.')
    .argument('<id>', 'the first column of the list', idArgument)
    .option('--json', 'print JSON')
    .action(async (id: number, { json }: { json?: true }) => {
      await context.withCommunity((services) => services.get(WebhooksService).test(id));
      if (json) context.output.json({ id, delivered: true });
      else context.output.lines([`webhook ${id} took a test`]);
    });
  webhook
    .command('remove')
    .description('Remove one, with what it has still to get.')
    .argument('<id>', 'the first column of the list', idArgument)
    .option('--json', 'print JSON')
    .action(async (id: number, { json }: { json?: true }) => {
      await context.changeCommunity((tx, services) => services.get(WebhooksService).remove(tx, id));
      if (json) context.output.json({ id, removed: true });
      else context.output.lines([`webhook ${id} is removed`]);
    });
}
