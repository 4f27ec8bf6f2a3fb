import { type ComponentChildren, type VNode } from 'preact';
import { type Author, type FileKind, type PostFile, type ShownPost } from '../contents/post.js';
import { messagePath, roomPath } from '../contents/room-content.js';
import { shortId, type TextPart } from '../contents/text-parts.js';
import { type PageTexts } from '../language/texts.js';
import { useSpeech } from '../language/speech.js';
import { Avatar } from './avatar.js';
import { Moment } from './parts.js';

const FOREIGN_LINK = 'noopener noreferrer nofollow ugc';

interface PostProps {
  /** Token of its room. */
  room: string;
  post: ShownPost;
  /** Names its place in the page; the same post can be pinned and recent. */
  prefix: string;
  /** Whether it follows a message of the same author, whose name and picture stand for both. */
  joined?: boolean;
  /** Whether the page was opened for its sake. */
  sought?: boolean;
  /** Whether it tells its day, too. */
  dated?: boolean;
  /** Ids of the posts on the page. */
  beside?: ReadonlySet<number> | undefined;
}

/** One message. */
export function PostItem({
  room,
  post,
  prefix,
  joined = false,
  sought = false,
  dated = false,
  beside,
}: PostProps): VNode {
  const { author } = post;
  const when = <When room={room} post={post} dated={dated} />;
  // The time of a message that is text alone stands in its last line.
  const isPlain = Boolean(post.text?.length) && !hasMore(post);
  return (
    <li
      class={`post${joined ? ' joined' : ''}${sought ? ' sought' : ''}`}
      id={`${prefix}${post.id}`}
      // A browser without the script scrolls to what has the focus from the start.
      {...(sought && { tabIndex: -1, autofocus: true })}
    >
      <Avatar seed={author.sessionId} name={author.name} />
      <article class="bubble">
        <Header author={author} joined={joined} />
        <QuotedPost room={room} quote={post.quote} beside={beside} />
        <Body text={post.text}>{isPlain && when}</Body>
        <Previews previews={post.previews} />
        <Invitations invitations={post.invitations} />
        {post.files.map((file, index) => (
          <File room={room} file={file} key={index} />
        ))}
        {!isPlain && (
          <div class="foot">
            <Reactions reactions={post.reactions} />
            {when}
          </div>
        )}
      </article>
    </li>
  );
}

/** The time of a message, which links to it. */
function When({ room, post, dated }: Pick<PostProps, 'room' | 'post'> & { dated: boolean }): VNode {
  const { post: texts } = useSpeech().texts;
  return (
    <bdi class="when">
      {post.edited && <span>{texts.edited} </span>}
      <a href={messagePath(room, post.id)} title={texts.link}>
        <Moment at={post.postedAt} form={dated ? 'moment' : 'time'} />
      </a>
    </bdi>
  );
}

function Previews({ previews }: Pick<ShownPost, 'previews'>): VNode {
  return (
    <>
      {previews.map(({ url, title, host }) => (
        <a class="preview" href={url} rel={FOREIGN_LINK} key={url}>
          <span>
            <bdi>{title === '' ? url : title}</bdi>
          </span>
          <span class="host">{host}</span>
        </a>
      ))}
    </>
  );
}

function Invitations({ invitations }: Pick<ShownPost, 'invitations'>): VNode {
  const { post: texts } = useSpeech().texts;
  return (
    <>
      {invitations.map(({ url, name, host }) => (
        <a class="preview community" href={url} rel={FOREIGN_LINK} key={url}>
          <span class="kind">{texts.invitation}</span>
          <span>
            <bdi>{name}</bdi>
          </span>
          <span class="host">{host}</span>
        </a>
      ))}
    </>
  );
}

function hasMore({ previews, invitations, files, reactions }: ShownPost): boolean {
  return [previews, invitations, files, reactions].some((things) => things.length > 0);
}

/** The author's name, which shows the ID when it is asked for. */
function Header({ author, joined }: { author: Author; joined: boolean }): VNode {
  const { post: texts } = useSpeech().texts;
  if (joined) {
    return (
      <p class="hidden">
        <Name author={author} />
      </p>
    );
  }
  return (
    <header>
      <details class="who">
        <summary>
          <Name author={author} />
          {author.role !== undefined && <span class="role">{texts[author.role]}</span>}
        </summary>
        <p class="whole-id">
          {texts.id} <code>{author.sessionId}</code>
        </p>
      </details>
    </header>
  );
}

function Name({ author: { sessionId, name } }: { author: Pick<Author, 'sessionId' | 'name'> }): VNode {
  return name === undefined ? (
    <bdi class="author nameless">{shortId(sessionId)}</bdi>
  ) : (
    <bdi class="author">{name}</bdi>
  );
}

function QuotedPost({
  room,
  quote,
  beside,
}: Pick<PostProps, 'room' | 'beside'> & Pick<ShownPost, 'quote'>): VNode | null {
  const { post: texts } = useSpeech().texts;
  if (!quote) return null;
  const inner = (
    <>
      {quote.author !== undefined && <Name author={quote.author} />}
      <span class="said" dir="auto">
        {quote.text === '' ? nameOfKind(quote.file, texts) : quote.text}
      </span>
    </>
  );
  return <blockquote>{linked(room, quote.id, beside, inner)}</blockquote>;
}

/** Leads to a message: on this page, or on one of its own. */
function linked(
  room: string,
  id: number | undefined,
  beside: ReadonlySet<number> | undefined,
  inner: ComponentChildren,
): VNode {
  if (id === undefined) return <p>{inner}</p>;
  return <a href={beside?.has(id) ? `#m${id}` : messagePath(room, id)}>{inner}</a>;
}

function nameOfKind(kind: FileKind | undefined, texts: PageTexts['post']): string {
  if (kind === undefined) return texts.aMessage;
  return kind === 'audio' ? texts.file : texts[kind];
}

function Body({ text, children }: Pick<ShownPost, 'text'> & { children: ComponentChildren }): VNode | null {
  const { post: texts } = useSpeech().texts;
  if (!text) return <p class="unreadable">{texts.unreadable}</p>;
  if (text.length === 0) return null;
  return (
    <p class="text" dir="auto">
      {text.map((part) => (
        <Part part={part} />
      ))}
      {children}
    </p>
  );
}

function Part({ part }: { part: TextPart }): VNode {
  if (part.kind === 'text') return <>{part.text}</>;
  if (part.kind === 'mark') return <mark>{part.text}</mark>;
  if (part.kind === 'mention') {
    return (
      <bdi class="mention" title={part.sessionId}>
        @{part.name ?? shortId(part.sessionId)}
      </bdi>
    );
  }
  return (
    <a href={part.url} rel={FOREIGN_LINK}>
      {part.url}
    </a>
  );
}

function File({ room, file }: { room: string; file: PostFile }): VNode {
  const speech = useSpeech();
  const { post: texts } = speech.texts;
  const { id, size, kind, pixels } = file;
  const name = file.name === '' ? nameOfKind(kind, texts) : file.name;
  const caption = (
    <>
      <span class="name">
        <bdi>{name}</bdi>
      </span>
      {size !== undefined && <span class="size">{speech.fileSize(size)}</span>}
    </>
  );
  if (id === undefined) return <p class="file">{caption}</p>;
  if (kind === 'picture') {
    return (
      <Picture source={`${roomPath(room)}/picture/${id}`} name={name} pixels={pixels}>
        {caption}
      </Picture>
    );
  }
  const link = (
    <a class="file" href={`/room/${room}/file/${id}/${encodeURIComponent(name)}`} download>
      {caption}
    </a>
  );
  if (kind === 'file') return link;
  return (
    <div class="media">
      <Player source={`${roomPath(room)}/media/${id}`} name={name} kind={kind} />
      {link}
    </div>
  );
}

interface MediaProps {
  /** Where the browser gets it. */
  source: string;
  name: string;
}

function Picture({
  source,
  name,
  pixels,
  children,
}: MediaProps & Pick<PostFile, 'pixels'> & { children: ComponentChildren }): VNode {
  const { post: texts } = useSpeech().texts;
  return (
    <figure>
      <a href={source}>
        <img src={source} alt={name} loading="lazy" decoding="async" {...pixels} />
      </a>
      <figcaption data-broken={texts.broken}>{children}</figcaption>
    </figure>
  );
}

/** Plays a sound or a video, whose bytes the browser asks for only then. */
function Player({ source, name, kind }: MediaProps & { kind: Exclude<FileKind, 'picture' | 'file'> }): VNode {
  const media = { controls: true, preload: 'none' as const, src: source, 'aria-label': name };
  return kind === 'video' ? <video {...media} /> : <audio {...media} />;
}

function Reactions({ reactions }: Pick<ShownPost, 'reactions'>): VNode | null {
  const speech = useSpeech();
  if (reactions.length === 0) return null;
  return (
    <ul class="reactions" aria-label={speech.texts.post.reactions}>
      {reactions.map(({ emoji, count }) => (
        <li key={emoji}>
          <bdi>{emoji}</bdi> {speech.number(count)}
        </li>
      ))}
    </ul>
  );
}
