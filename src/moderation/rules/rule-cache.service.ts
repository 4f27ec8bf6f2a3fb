import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { boundedCache } from '../../foundation/caches/bounded-cache.js';
import { meterCache } from '../../foundation/caches/meter-cache.js';
import { ReadCache } from '../../foundation/caches/read-cache.js';
import { ChangeFeed } from '../../foundation/database/change-feed.js';
import { type DatabaseReader } from '../../foundation/database/database.js';
import { errorLine } from '../../foundation/error-line.js';
import { type Eventual } from '../../foundation/eventual.js';
import { turnForLongWork } from '../../foundation/limits/turns.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type Rule } from '../../records/rules/rule.js';
import { RulesRepository } from '../../records/rules/rules.repository.js';
import { CompiledRules } from './compiled-rules.js';
import { PatternProblem } from './pattern-set.js';
import { NOTHING_SAID } from '../../protocol/session-protobuf/read-content.js';
import { saidIn } from './said.js';

/** Rooms whose rules a process has compiled. */
const CACHED_ROOMS = 1_000;
/** The key of the server's rules; no room has it as a token. */
const SERVER = '';

/** A text that no rule is about; to look at it once makes a process quick at looking at texts. */
const ORDINARY =
  'Hello everybody, how are you? I have 2 questions about https://example.com/a and e-mail, thanks! Привет, как дела? Спасибо. ' +
  'Ich wäre für größere Räume. ¿Dónde está el baño? Où est-ce que ça mène? سلام، می‌خواهم بپرسم 🙂 👍🏽 你好 c4fé h e l l o';
/** Times that a process that has just started looks at it, in as many turns of the event loop. */
const EXERCISES = 30;

/**
 * Rules, compiled and kept in memory until somebody changes them. A process compiles them again as soon as it hears of a
 * change, bit by bit, so that a post seldom waits for it.
 */
@Injectable()
export class RuleCache implements OnModuleInit {
  private readonly logger = new Logger('Rules');
  private readonly compiled = new ReadCache<string, CompiledRules>(CACHED_ROOMS);
  /** The latest ones of a place, be they those that hold or not: what follows them has most in common with them. */
  private readonly latest = boundedCache<string, CompiledRules>(CACHED_ROOMS);

  constructor(
    private readonly feed: ChangeFeed,
    private readonly rules: RulesRepository,
    meters: Meters,
  ) {
    meterCache(meters, 'rules', this.compiled);
  }

  onModuleInit(): void {
    this.compiled.follow(this.feed);
    this.feed.on('rules', (token) => {
      this.compiled.drop(token);
      if (this.latest.has(token)) void this.prepareAgain(token);
    });
  }

  /** Compiles all rules that there are, while this process serves already; a failure is logged. */
  async warmUp(): Promise<void> {
    try {
      const places = await this.rules.places(CACHED_ROOMS);
      for (const [index, token] of places.entries()) {
        const rules = await (token === null ? this.ofServer() : this.ofRoom(token));
        if (index > 0) continue;
        for (let times = 0; times < EXERCISES; times++) {
          await turnForLongWork();
          rules.match(saidIn({ ...NOTHING_SAID, body: ORDINARY }));
        }
      }
    } catch (error) {
      this.logger.warn(`Rules are compiled when somebody posts: ${errorLine(error)}`);
    }
  }

  /**
   * Compiles rules that a place may have soon.
   * @param token of the room, in whatever case; null for the server's
   * @throws PatternProblem when one has a pattern that can't be used
   */
  async prepare(token: string | null, rules: readonly Rule[]): Promise<CompiledRules> {
    const key = token?.toLowerCase() ?? SERVER;
    const compiled = await CompiledRules.of(rules, this.latest.get(key));
    this.latest.set(key, compiled);
    return compiled;
  }

  /** The server's rules. @param reader the caller's transaction, if there is one; it is asked when they are not in memory */
  ofServer(reader?: DatabaseReader): Eventual<CompiledRules> {
    return this.get(null, reader);
  }

  /** A room's own rules, as {@link ofServer}. @param token in whatever case; the room need not exist */
  ofRoom(token: string, reader?: DatabaseReader): Eventual<CompiledRules> {
    return this.get(token.toLowerCase(), reader);
  }

  private get(token: string | null, reader?: DatabaseReader): Eventual<CompiledRules> {
    const key = token ?? SERVER;
    if (reader) return this.compiled.getWithin(key, () => this.compile(token, reader));
    return this.compiled.get(key, () => this.compile(token));
  }

  private async prepareAgain(token: string): Promise<void> {
    try {
      await (token === SERVER ? this.ofServer() : this.ofRoom(token));
    } catch (error) {
      this.logger.debug(`Rules are compiled when somebody posts: ${errorLine(error)}`);
    }
  }

  private async compile(token: string | null, reader?: DatabaseReader): Promise<CompiledRules> {
    const rules = await this.rules.of(token, reader);
    try {
      return await this.prepare(token, rules);
    } catch (error) {
      if (!(error instanceof PatternProblem)) throw error;
      // Another version has taken it; a room must not be without its other rules for that, nor without posts.
      this.logger.error(`Rules with patterns are left out in ${token ?? 'all rooms'}: ${error.message}`);
      return CompiledRules.of(rules.filter(hasNoPatterns));
    }
  }
}

function hasNoPatterns({ if: { looksFor } }: Rule): boolean {
  return looksFor !== 'patterns';
}
