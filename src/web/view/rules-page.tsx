import { type VNode } from 'preact';
import { type PageFrame, Layout } from './layout.js';

/** The rules of the server, as its operator wrote them. */
export function RulesPage({ frame, rules }: { frame: PageFrame; rules: readonly string[] }): VNode {
  const { index: texts } = frame.speech.texts;
  return (
    <Layout frame={frame} title={`${texts.rules} · ${frame.site.name}`} path="/rules" kind="front">
      <main id="main" class="words">
        <h1>{texts.rules}</h1>
        {rules.map((paragraph) => (
          <p dir="auto">{paragraph}</p>
        ))}
      </main>
    </Layout>
  );
}
