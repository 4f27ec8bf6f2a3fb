import { type VNode } from 'preact';
import { type ReferenceEntry } from '../contents/api-reference.js';
import { type PageFrame, Layout } from './layout.js';

interface DocsProps {
  frame: PageFrame;
  entries: readonly ReferenceEntry[];
  version: string;
}

/** The API reference, for people who write clients and bots. It is English, as the protocol is. */
export function DocsPage({ frame, entries, version }: DocsProps): VNode {
  return (
    <Layout frame={frame} title={`API · ${frame.site.name}`} path="/docs">
      <main id="main" class="words docs" lang="en" dir="ltr">
        <h1>API of this server</h1>
        <p>
          Plaza {version} speaks the protocol of Session communities. Clients send every request inside an
          onion request; each endpoint also answers plain HTTP. The same reference for programs:{' '}
          <a href="/docs.json">OpenAPI 3.1 as JSON</a>.
        </p>
        <nav aria-label="Endpoints">
          <ul class="endpoints">
            {entries.map((entry) => (
              <li key={entry.id}>
                <a href={`#${entry.id}`}>
                  <code>
                    <b>{entry.method}</b> {entry.path}
                  </code>
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {entries.map((entry) => (
          <DescribedEndpoint entry={entry} key={entry.id} />
        ))}
      </main>
    </Layout>
  );
}

function ParameterList({ parameters }: Pick<ReferenceEntry, 'parameters'>): VNode {
  return (
    <>
      <h3>Parameters</h3>
      <ul>
        {parameters.map(({ name, place, required, type }) => (
          <li key={`${place} ${name}`}>
            <code>{name}</code>: {type}, in the {place}
            {required ? '' : ', optional'}
          </li>
        ))}
      </ul>
    </>
  );
}

function DescribedEndpoint({ entry }: { entry: ReferenceEntry }): VNode {
  return (
    <div class="endpoint" id={entry.id}>
      <h2>
        <code>
          <b>{entry.method}</b> {entry.path}
        </code>
      </h2>
      <p>
        {entry.summary}. {entry.signed ? 'The request must be signed.' : 'Anyone may ask.'}
      </p>
      {entry.parameters.length > 0 && <ParameterList parameters={entry.parameters} />}
      {entry.body !== undefined && (
        <details>
          <summary>Body</summary>
          <pre tabIndex={0}>{entry.body}</pre>
        </details>
      )}
      <h3>Answers</h3>
      <ul>
        {entry.answers.map(({ status, description }) => (
          <li key={status}>
            <code>{status}</code> {description}
          </li>
        ))}
      </ul>
    </div>
  );
}
