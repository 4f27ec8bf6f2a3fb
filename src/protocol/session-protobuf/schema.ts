import protobuf from 'protobufjs/light.js';

/**
 * The part of Session's protobuf messages that a server has a use for (protocol 9). Other fields, and fields of
 * another wire type than theirs, are passed over.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    Envelope: {
      fields: {
        // Without both of these it is no envelope, and the bytes are read as something else.
        type: { id: 1, rule: 'required', type: 'uint32' },
        timestamp: { id: 5, rule: 'required', type: 'uint64' },
        content: { id: 8, type: 'bytes' },
      },
    },
    Content: {
      fields: {
        dataMessage: { id: 1, type: 'DataMessage' },
        sigTimestamp: { id: 15, type: 'uint64' },
      },
    },
    DataMessage: {
      fields: {
        body: { id: 1, type: 'string' },
        attachments: { id: 2, rule: 'repeated', type: 'AttachmentPointer' },
        timestamp: { id: 7, type: 'uint64' },
        quote: { id: 8, type: 'Quote' },
        preview: { id: 10, rule: 'repeated', type: 'Preview' },
        profile: { id: 101, type: 'LokiProfile' },
        openGroupInvitation: { id: 102, type: 'OpenGroupInvitation' },
      },
    },
    AttachmentPointer: {
      fields: {
        id: { id: 1, type: 'fixed64' },
        contentType: { id: 2, type: 'string' },
        size: { id: 4, type: 'uint32' },
        fileName: { id: 7, type: 'string' },
        flags: { id: 8, type: 'uint32' },
        width: { id: 9, type: 'uint32' },
        height: { id: 10, type: 'uint32' },
        url: { id: 101, type: 'string' },
      },
    },
    Quote: {
      fields: {
        id: { id: 1, type: 'uint64' },
        author: { id: 2, type: 'string' },
        text: { id: 3, type: 'string' },
      },
    },
    Preview: {
      fields: {
        url: { id: 1, type: 'string' },
        title: { id: 2, type: 'string' },
        image: { id: 3, type: 'AttachmentPointer' },
      },
    },
    OpenGroupInvitation: {
      fields: {
        url: { id: 1, type: 'string' },
        name: { id: 3, type: 'string' },
      },
    },
    LokiProfile: {
      fields: {
        displayName: { id: 1, type: 'string' },
        profilePicture: { id: 2, type: 'string' },
      },
    },
  },
});

export const contentType = root.lookupType('Content');
export const envelopeType = root.lookupType('Envelope');
