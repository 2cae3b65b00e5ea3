import { count, fixed } from '../format.ts';
import { html, type SafeHtml } from '../html.ts';
import { facts, name, section, unknown, type ReportView } from '../parts.ts';
import { STRINGS } from '../strings.ts';

const t = STRINGS.provenance;

/** Everything needed to get this report again, or to see why another one differs. */
export function provenance({ report }: ReportView): SafeHtml {
  const { checkpoint, engine, cohensKappa: kappa, matthewsCorrelation: mcc } = report;
  const mono = (text: string, max = 160): SafeHtml => html`<span class="mono">${name(text, max)}</span>`;
  const versions = Object.entries(report.versions).map(([key, value]) => `${key} ${value}`);
  const score = (value: number | null): string => (value === null ? '—' : fixed(value, 4));
  return section(
    { id: 'provenance', heading: t.heading },
    html`<div class="split">
      <div class="panel">
        ${facts([
          [t.rows.checkpoint, name(checkpoint.name)],
          [t.rows.path, mono(checkpoint.path)],
          [
            t.rows.sha256,
            checkpoint.sha256 === null ? unknown(t.noHash) : html`<span class="mono hash">${checkpoint.sha256}</span>`,
          ],
          [t.rows.architecture, name(checkpoint.architecture)],
          [t.rows.params, count(checkpoint.params)],
          ...(checkpoint.fingerprint ? [[t.rows.fingerprint, t.fingerprint[checkpoint.fingerprint]] as const] : []),
          [t.rows.agreement, t.agreement(score(kappa), score(mcc))],
        ])}
      </div>
      <div class="panel">
        ${facts([
          [t.rows.engine, `${t.engineNames[engine.kind]} ${engine.version}`],
          [t.rows.reason, name(engine.reason, 240)],
          [t.rows.devices, engine.devices.map((d) => `${d.type} ${d.name}`).join(', ')],
          [t.rows.threads, t.threads(engine.threads.intra, engine.threads.inter)],
          [t.rows.seed, html`<span class="mono">${report.seed}</span>`],
          [t.rows.versions, versions.join(' · ')],
          [t.rows.date, report.evaluatedAt ?? t.noDate],
          [
            t.rows.command,
            report.command === null ? unknown(t.noCommand) : html`<code>${commandWords(report.command)}</code>`,
          ],
        ])}
      </div>
    </div>`,
  );
}

/** Each word unbroken where it fits, so that no line ends inside a flag. */
function commandWords(command: string): SafeHtml[] {
  return command.split(' ').map((word) => html`<span class="word">${name(word, 200)}</span> `);
}
