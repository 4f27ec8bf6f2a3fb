import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../auth/endpoint.js';
import { json, type Reply } from '../protocol/requests/reply.js';
import { type RequestBody } from '../protocol/requests/inner-request.js';
import { roomParams, type RoomParams } from '../protocol/requests/path.schemas.js';
import { downloadReply } from './download-reply.js';
import { fileParams, type FileParams, namedFileParams } from './file.dto.js';
import { filenameIn } from './file-name.js';
import { FilesService } from './files.service.js';

/** Files of rooms (protocol 6). */
@Controller()
export class FilesController {
  constructor(private readonly files: FilesService) {}

  @Endpoint({
    method: 'POST',
    path: '/room/:room/file',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Uploads a file as raw bytes, named by Content-Disposition',
    addsData: true,
    answers: [201, 403, 404, 413, 429, 507],
    params: roomParams,
    body: 'bytes',
  })
  async upload({
    caller,
    params,
    body,
    request,
    once,
  }: Call<'user', RoomParams, unknown, RequestBody>): Promise<Reply> {
    const filename = filenameIn(request.headers['content-disposition']);
    const upload = await this.files.store(params.room, caller, body, filename);
    return this.files.keepIfRecorded(upload, () =>
      once(async (tx) => json({ id: await this.files.record(tx, params.room, upload) }, 201)),
    );
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/file/:file',
    caller: 'anyone',
    summary: 'Downloads a file',
    answers: [200, 403, 404],
    params: fileParams,
  })
  async download({ caller, params }: Call<'anyone', FileParams>): Promise<Reply> {
    return downloadReply(await this.files.download(params.room, caller, params.file));
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/file/:file/:filename',
    caller: 'anyone',
    summary: 'Downloads a file, whatever name the address ends with',
    answers: [200, 403, 404],
    params: namedFileParams,
  })
  async downloadNamed({ caller, params }: Call<'anyone', FileParams>): Promise<Reply> {
    return downloadReply(await this.files.download(params.room, caller, params.file));
  }
}
