import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../../auth/endpoint.js';
import { jsonText, type Reply } from '../../protocol/requests/reply.js';
import { batchBody, type BatchBody, repeatsOfBatch } from './batch.dto.js';
import { BatchService } from './batch.service.js';

/** `POST /batch` and `POST /sequence` (protocol 5). */
@Controller()
export class BatchController {
  constructor(private readonly batches: BatchService) {}

  @Endpoint({
    method: 'POST',
    path: '/batch',
    caller: 'anyone',
    repeats: repeatsOfBatch,
    summary: 'Runs several requests and answers all of them',
    answers: [200],
    body: batchBody,
  })
  async batch({ caller, body, request }: Call<'anyone', unknown, unknown, BatchBody>): Promise<Reply> {
    return jsonText(await this.batches.runAll(body, caller, request));
  }

  @Endpoint({
    method: 'POST',
    path: '/sequence',
    caller: 'anyone',
    repeats: repeatsOfBatch,
    summary: 'Runs several requests until one fails',
    answers: [200],
    body: batchBody,
  })
  async sequence({ caller, body, request }: Call<'anyone', unknown, unknown, BatchBody>): Promise<Reply> {
    return jsonText(await this.batches.runUntilFailure(body, caller, request));
  }
}
