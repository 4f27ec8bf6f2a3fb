import { type VNode } from 'preact';
import { fileSize } from '../contents/format.js';
import { type ShownPost, type PostFile } from '../contents/post.js';
import { shortId, type TextPart } from '../contents/text-parts.js';
import { Avatar, Moment, roomPath } from './parts.js';

const FOREIGN_LINK = 'noopener noreferrer nofollow ugc';

interface PostProps {
  room: string;
  post: ShownPost;
  /** Names its place in the page; the same post can be pinned and recent. */
  prefix: string;
}

/** One message. */
export function PostItem({ room, post, prefix }: PostProps): VNode {
  const { author } = post;
  return (
    <li class="post" id={`${prefix}${post.id}`}>
      <Avatar seed={author.sessionId} name={author.name} />
      <article class="bubble">
        <header>
          <bdi class="author">{author.name}</bdi>
          {author.role !== undefined && <span class="role">{author.role}</span>}
          {author.name !== shortId(author.sessionId) && (
            <span class="id" title={author.sessionId}>
              {shortId(author.sessionId)}
            </span>
          )}
          <span class="when">
            <Moment at={post.postedAt} />
            {post.edited && ' · edited'}
          </span>
        </header>
        <Quote quote={post.quote} />
        <Body text={post.text} />
        {post.previews.map(({ url, title, host }) => (
          <a class="preview" href={url} rel={FOREIGN_LINK} key={url}>
            <bdi>{title === '' ? url : title}</bdi>
            <span class="host">{host}</span>
          </a>
        ))}
        {post.files.map((file, index) => (
          <File room={room} file={file} key={index} />
        ))}
        <Reactions reactions={post.reactions} />
      </article>
    </li>
  );
}

function Quote({ quote }: Pick<ShownPost, 'quote'>): VNode | null {
  if (!quote) return null;
  return (
    <blockquote>
      {quote.author !== undefined && <bdi class="author">{quote.author}</bdi>}
      <p dir="auto">{quote.text === '' ? 'A message' : quote.text}</p>
    </blockquote>
  );
}

function Body({ text }: Pick<ShownPost, 'text'>): VNode | null {
  if (!text) return <p class="unreadable">A message that only Session can show.</p>;
  if (text.length === 0) return null;
  return (
    <p class="text" dir="auto">
      {text.map((part) => (
        <Part part={part} />
      ))}
    </p>
  );
}

function Part({ part }: { part: TextPart }): VNode {
  if (part.kind === 'text') return <>{part.text}</>;
  if (part.kind === 'mention') return <bdi class="mention">@{part.name ?? shortId(part.sessionId)}</bdi>;
  return (
    <a href={part.url} rel={FOREIGN_LINK}>
      {part.url}
    </a>
  );
}

function File({ room, file }: { room: string; file: PostFile }): VNode {
  const { id, name, size, kind, pixels } = file;
  const caption = (
    <>
      <bdi class="name">{name}</bdi>
      {size !== undefined && <span class="size">{fileSize(size)}</span>}
    </>
  );
  if (id === undefined) return <p class="file">{caption}</p>;
  const download = `/room/${room}/file/${id}/${encodeURIComponent(name)}`;
  if (kind !== 'picture') {
    return (
      <a class="file" href={download} download>
        {caption}
      </a>
    );
  }
  const source = `${roomPath(room)}/picture/${id}`;
  return (
    <figure>
      <a href={source}>
        <img src={source} alt={name} loading="lazy" decoding="async" {...pixels} />
      </a>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

function Reactions({ reactions }: Pick<ShownPost, 'reactions'>): VNode | null {
  if (reactions.length === 0) return null;
  return (
    <ul class="reactions" aria-label="Reactions">
      {reactions.map(({ emoji, count }) => (
        <li key={emoji}>
          <bdi>{emoji}</bdi> {count}
        </li>
      ))}
    </ul>
  );
}
