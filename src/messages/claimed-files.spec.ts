import { type Attachment, type MessageContent } from '../protocol/session-protobuf/read-content.js';
import { claimedFiles, MOST_FILES } from './claimed-files.js';

function attachment(fields: Partial<Attachment>): Attachment {
  return {
    id: undefined,
    contentType: undefined,
    size: undefined,
    fileName: undefined,
    voiceMessage: false,
    width: undefined,
    height: undefined,
    url: undefined,
    ...fields,
  };
}

function content(attachments: Attachment[], pictures: Attachment[] = []): MessageContent {
  return {
    body: '',
    displayName: undefined,
    profilePicture: undefined,
    timestamp: undefined,
    attachments,
    quote: undefined,
    invitation: undefined,
    previews: pictures.map((picture) => ({ url: undefined, title: undefined, picture })),
  };
}

describe('the files that a message claims', () => {
  it('are those that the request names when the message can not be read', () => {
    expect(claimedFiles([3, 1, 3], undefined)).toEqual([3, 1]);
  });

  it('are the attachments by id, or by the address that Android, iOS and Desktop write', () => {
    const base = 'https://chat.example.org';
    const attachments = [
      attachment({ id: 7 }),
      attachment({ id: 0, url: `${base}/file/8` }),
      attachment({ url: `${base}/room/lobby/file/9007199254740991#d` }),
      attachment({ id: 10, url: `${base}/file/11` }),
    ];
    expect(claimedFiles([], content(attachments))).toEqual([7, 8, Number.MAX_SAFE_INTEGER, 10]);
  });

  it('include the pictures of previews', () => {
    expect(claimedFiles([1], content([attachment({ id: 2 })], [attachment({ id: 3 })]))).toEqual([1, 2, 3]);
  });

  it('are none where the message shows no file', () => {
    const urls = [
      '',
      'https://example.org/file/',
      '/file/x1',
      '/file/9007199254740993',
      '/file/0',
      '/profile/5',
    ];
    expect(claimedFiles([], content(urls.map((url) => attachment({ url }))))).toEqual([]);
  });

  it('are at most a hundred, and those that the request names come first', () => {
    const attachments = Array.from({ length: 5000 }, (_, index) => attachment({ id: index + 1 }));
    const ids = claimedFiles([9001, 9002], content(attachments));
    expect(ids).toHaveLength(MOST_FILES);
    expect(ids.slice(0, 3)).toEqual([9001, 9002, 1]);
  });
});
