import { type Clock } from '../../foundation/clock.js';
import { type Transaction } from '../../foundation/database/database.js';
import { momentText } from '../../foundation/wording.js';
import { acquaintanceOf, isAtLeast, trustIn } from '../../records/defence/trust.js';
import { type TrustRepository } from '../../records/defence/trust.repository.js';
import { type FilesRepository } from '../../records/files/files.repository.js';
import { type OwnTextsRepository } from '../../records/rules/own-texts.repository.js';
import { type Rule } from '../../records/rules/rule.js';
import { type ServerRoomSettings, settingsOf } from '../../records/rooms/room-settings.js';
import { type Room } from '../../records/rooms/room.js';
import { type CompiledRules } from '../rules/compiled-rules.js';
import { type RuleCache } from '../rules/rule-cache.service.js';
import { type RuleHitCounter } from '../rules/rule-hit-counter.service.js';
import { type SanctionBell } from '../rules/sanction-bell.js';
import { Repetitions } from '../rules/repetitions.js';
import { saidIn } from '../rules/said.js';
import { RULE_TEXTS } from '../rules/texts.js';
import { type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';
import { type Kept } from './verdict.js';

/** The name under which meters count all rules of staff. */
const STAFF_RULES = 'rules of staff';

/**
 * Asks the rules that staff has made, the server's before the room's: the first one that is armed and hits decides. They are
 * compiled in memory, and read the text while the room's lock is waited for. Nothing is asked of the database for a text that
 * none of them hits, unless one is about repetition.
 */
export class StaffRules implements RoomRule<TextDraft> {
  readonly name = STAFF_RULES;

  constructor(
    private readonly settings: ServerRoomSettings,
    private readonly clock: Clock,
    private readonly cache: RuleCache,
    private readonly counter: RuleHitCounter,
    private readonly bell: SanctionBell,
    private readonly trust: Pick<TrustRepository, 'of'>,
    private readonly ownTexts: Pick<OwnTextsRepository, 'recent'>,
    private readonly files: Pick<FilesRepository, 'namesOf'>,
  ) {}

  async read(tx: Transaction, token: string, drafts: readonly TextDraft[]): Promise<() => Check<TextDraft>> {
    const compiled = await this.rulesOf(tx, token);
    // Nobody reads texts for rules that there are not.
    if (compiled.length === 0) return () => () => undefined;
    const names = compiled.some((one) => one.looksAtFileNames)
      ? await this.namesOf(tx, token, drafts)
      : undefined;
    const hit = rulesHit(compiled, drafts, names);
    const longest = Math.max(...compiled.map(({ longestRepetition }) => longestRepetition));
    if (hit.size === 0 && longest === 0) return () => () => undefined;
    const authors = drafts.flatMap((draft) => (longest > 0 || hit.has(draft) ? (draft.author.id ?? []) : []));
    const [known, own] = await Promise.all([
      this.trust.of(tx, token, authors),
      longest > 0 ? this.ownTexts.recent(tx, token, authors, longest) : [],
    ]);
    const all = compiled.flatMap(({ rules }) => rules);
    const counted = new Map<TextDraft, Rule[]>();
    tx.afterCommit(() => {
      const hits = [...counted.values()].flat();
      this.counter.note(hits.map(({ id }) => id));
      if (hits.some(({ then, armedAt }) => then === 'mute' && armedAt !== null)) this.bell.ring();
    });
    return () => {
      const repetitions = new Repetitions(all, own, this.clock.seconds());
      return (draft, { room, may, caller }) => {
        counted.delete(draft);
        const repeated = repetitions.hitBy(draft, caller.id);
        if (may.moderator) return undefined;
        const level = trustIn(room.id, caller, acquaintanceOf(known, caller));
        const mine = [...(hit.get(draft) ?? []), ...repeated].filter((rule) => isAtLeast(rule.trust, level));
        if (mine.length === 0) return undefined;
        counted.set(draft, mine);
        const decides = all.find((rule) => rule.armedAt !== null && mine.includes(rule));
        return decides && this.follow(decides, draft, room);
      };
    };
  }

  /** The server's rules and the room's own; places without any are left out. */
  private async rulesOf(tx: Transaction, token: string): Promise<CompiledRules[]> {
    const all = await Promise.all([this.cache.ofServer(tx), this.cache.ofRoom(token, tx)]);
    return all.filter(({ rules }) => rules.length > 0);
  }

  /** File names that clients show when they download; a message may call its files something else. */
  private async namesOf(
    tx: Transaction,
    token: string,
    drafts: readonly TextDraft[],
  ): Promise<Map<number, string> | undefined> {
    const ids = drafts.flatMap(({ fileIds }) => fileIds);
    return ids.length === 0 ? undefined : this.files.namesOf(tx, token, ids);
  }

  private follow({ id, name, then, says, seconds }: Rule, { kind }: TextDraft, room: Room): Kept {
    const texts = RULE_TEXTS[settingsOf(room, this.settings).language];
    if (then === 'unseen') return { state: 'unseen', whisper: undefined, ruleId: id };
    if (then === 'mute' && seconds !== undefined) {
      const until = momentText(this.clock.seconds() + seconds);
      const whisper = texts.muted(name, until, says);
      return { state: 'held', whisper, reason: 'sanction', ruleId: id };
    }
    // Nobody polls for an edit: its author is told at once.
    if (then === 'hold' && kind === 'post') {
      return { state: 'held', whisper: undefined, reason: 'rule', ruleId: id };
    }
    return { state: 'held', whisper: texts.held(name, says), reason: 'told', ruleId: id };
  }
}

/**
 * The rules that hit each draft, armed or not. Drafts that none hits are left out.
 * @param names of files, by their ids
 */
function rulesHit(
  compiled: readonly CompiledRules[],
  drafts: readonly TextDraft[],
  names: ReadonlyMap<number, string> | undefined,
): Map<TextDraft, Rule[]> {
  const hit = new Map<TextDraft, Rule[]>();
  for (const draft of drafts) {
    if (!draft.content) continue;
    const said = saidIn(
      draft.content,
      draft.fileIds.flatMap((id) => names?.get(id) ?? []),
    );
    const rules = compiled.flatMap((one) => one.match(said));
    if (rules.length > 0) hit.set(draft, rules);
  }
  return hit;
}
