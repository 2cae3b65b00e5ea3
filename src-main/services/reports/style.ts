import { PRINTED_ROWS } from './sections/classes.ts';
import { cssColor, DARK, LIGHT, shade, SHADES, type Oklch, type Theme } from './theme.ts';

function tokens(name: 'light' | 'dark', theme: Theme): string {
  const colors = (Object.entries(theme) as [string, Oklch][]).map(([key, color]) => `--${key}:${cssColor(color)}`);
  const shades = (['right', 'wrong'] as const).flatMap((kind) =>
    Array.from(
      { length: SHADES },
      (_, i) => `--${kind[0] === 'r' ? 'c' : 'w'}${i + 1}:${cssColor(shade(name, kind, i + 1))}`,
    ),
  );
  return [...colors, ...shades, `color-scheme:${name}`].join(';');
}

const SHADE_CLASSES = Array.from(
  { length: SHADES },
  (_, i) => `.c${i + 1}{background:var(--c${i + 1})}.w${i + 1}{background:var(--w${i + 1})}`,
).join('');

/** The report's one style sheet: 4 px grid, hairlines, no shadows; dark by the reader's setting, paper always light. */
export const STYLE = `
:root{${tokens('light', LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{${tokens('dark', DARK)}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:24px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:400 13px/1.5 Inter,"Inter Variable",system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-font-smoothing:antialiased;overflow-wrap:anywhere}
h1,h2,h3,p,ul,dl,dd,figure{margin:0;padding:0}
b,th,h1,h2,h3{font-weight:620}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
code,.mono{font:12px/1.5 ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.hash{font-size:11.5px;color:var(--mute)}
.mute,.caption,small{color:var(--mute)}
.caption,small{font-size:11.5px;font-weight:400}
.caption{max-width:84ch}
.page{max-width:1440px;margin:0 auto;padding:40px 40px 72px;display:grid;grid-template-columns:152px minmax(0,1fr);column-gap:48px}
.icon{width:14px;height:14px;flex:none}
nav{position:sticky;top:40px;align-self:start;font-size:12.5px}
nav p{font-weight:620;font-size:11.5px;color:var(--mute);margin-bottom:8px}
nav a{display:flex;justify-content:space-between;gap:8px;color:var(--ink);padding:4px 8px;margin-left:-8px;border-radius:6px}
nav a:hover{background:var(--hover);text-decoration:none}
nav span{color:var(--mute)}
.masthead{display:flex;gap:16px 32px;justify-content:space-between;align-items:flex-start;flex-wrap:wrap;margin-bottom:24px}
.masthead>div{flex:1 1 420px;min-width:0}
.kicker{font-size:11.5px;color:var(--mute);font-weight:540}
h1{font-size:22px;line-height:1.3;letter-spacing:-.012em;margin:2px 0 6px;max-height:5.2em;overflow:hidden}
.on{color:var(--mute);font-weight:400}
.subtitle{color:var(--mute)}
.subtitle span:not(:last-child)::after{content:" · "}
.state{display:flex;align-items:center;gap:7px;border:1px solid;border-radius:999px;padding:5px 13px 5px 10px;white-space:nowrap}
.state.good{color:var(--good);background:var(--goodSoft)}.state.warn{color:var(--warn);background:var(--warnSoft)}
.state.good,.state.warn{border-color:color-mix(in oklch,currentColor 35%,transparent)}
.notice{display:flex;gap:10px;color:var(--warn);background:var(--warnSoft);border-radius:10px;padding:12px 16px;margin-bottom:16px}
.notice .icon{margin-top:3px}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:20px 24px;min-width:0}
.panel.flush{padding:0;overflow:hidden}
.panel h3,.tile h3{font-size:13px;line-height:20px}
.panel.flush>h3,summary{padding:12px 16px}
section{margin-top:56px}section.hero{margin-top:0}
.head{margin-bottom:14px}
h2{font-size:16px;line-height:24px;letter-spacing:-.006em}
.head .caption{margin-top:2px;font-size:12px}
.empty{color:var(--mute);border:1px dashed var(--line);border-radius:10px;padding:20px 24px}
.hero{padding:28px 32px 20px}
.hero .top{display:grid;grid-template-columns:minmax(220px,auto) minmax(0,1fr);gap:24px 56px;align-items:center}
.hero h2,.tile h3{font-size:12px;font-weight:540;color:var(--mute)}
.hero .figure{font-size:56px;line-height:64px;font-weight:540;letter-spacing:-.03em;margin:0 0 4px -3px;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:20px 24px;margin-top:28px;padding-top:20px;border-top:1px solid var(--line)}
.tile .value{font-size:22px;line-height:30px;font-weight:540;letter-spacing:-.012em}
.tile small{font-size:12px;letter-spacing:0}
.glance{list-style:none;margin-top:20px;padding-top:12px;border-top:1px solid var(--line);display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:2px 40px}
.glance li{display:flex;gap:16px;padding:3px 0;min-width:0}
.glance a{flex:0 0 164px}
.glance b{font-weight:540}
.na{color:var(--mute)}
svg{display:block;overflow:visible}
svg text{fill:var(--mute);font-size:11px}
.ruler .track{fill:var(--hover)}.ruler .fill{fill:var(--accentSoft)}
.ruler .band{fill:var(--accent);fill-opacity:.32}.ruler .point{stroke:var(--accent);stroke-width:3;stroke-linecap:round}
.ruler .base{stroke:var(--mute);stroke-width:1.5}.ruler .tick{stroke:var(--mute);stroke-opacity:.6}
.wall{display:grid;grid-template-columns:repeat(auto-fill,minmax(128px,1fr));gap:20px 8px}
.tile-image{min-width:0}
.frame{display:block;aspect-ratio:1;border:3px solid var(--bad);border-radius:6px;overflow:hidden;background:var(--hover)}
.frame img{display:block;width:100%;height:100%;object-fit:cover}
.frame img:hover{object-fit:contain}
.px{image-rendering:pixelated}
.missing{display:grid;place-items:center;border-style:dashed;color:var(--mute);font-size:11.5px}
figcaption{display:grid;gap:1px;padding:6px 2px 0;justify-items:start}
.pair{display:flex;gap:6px;line-height:18px;max-width:100%}.pair span{flex:none}.pair b{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden;min-width:0}
.file{font-size:11.5px;color:var(--mute);max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.tag{font-size:11px;color:var(--warn);border:1px solid color-mix(in oklch,currentColor 45%,transparent);border-radius:5px;padding:0 5px;margin-top:3px}
table{border-collapse:collapse;width:100%}
.scroll{overflow:auto;max-width:100%}.tall{max-height:600px}
.rows th,.rows td{height:32px;padding:4px 12px;text-align:start;border-top:1px solid var(--line)}
.rows th:first-child,.rows td:first-child{padding-left:16px}
.rows thead th{position:sticky;top:0;background:var(--panel);font-size:11.5px;font-weight:540;color:var(--mute);border-top:0;box-shadow:inset 0 -1px var(--line);white-space:nowrap;z-index:1}
.rows tbody tr:first-child>*{border-top:0}
.rows tbody th{font-weight:540;max-width:280px}
.rows tbody tr:hover{background:var(--hover)}
.rows th,.rows td{overflow-wrap:break-word}.rows .n{text-align:end;white-space:nowrap}.rows tfoot th{white-space:nowrap}
.rows tfoot th,.rows tfoot td{position:sticky;background:var(--panel);font-weight:540;color:var(--mute)}
.rows tfoot tr:first-child>*{bottom:32px;box-shadow:inset 0 1px var(--line)}.rows tfoot tr:last-child>*{bottom:0}
.classes tbody th,.classes tbody td,.classes tfoot th,.classes tfoot td{height:30px;padding-top:2px;padding-bottom:2px}
.classes tfoot tr:first-child>*{bottom:30px}
.rows .dots{min-width:160px;width:30%;padding-left:20px;padding-right:20px}
thead .dots span{display:inline-block;width:33.3%;text-align:center}thead .dots span:first-child{text-align:left}thead .dots span:last-child{text-align:right}
td.dots{background:linear-gradient(var(--line),var(--line)) 20px 0/1px 100% no-repeat,linear-gradient(var(--line),var(--line)) 50% 0/1px 100% no-repeat,linear-gradient(var(--line),var(--line)) calc(100% - 20px) 0/1px 100% no-repeat}
.dots line{stroke:var(--accent);stroke-width:2;stroke-opacity:.55}.dots circle{fill:var(--accent)}
.suspects .frame{width:48px;border-width:1px;border-color:var(--line);border-radius:4px}
.suspects .missing{font-size:9px;text-align:center}
.pictures td:first-child{width:80px}.suspects .mono{width:36%;min-width:180px;overflow-wrap:anywhere}.suspects td{min-width:72px}
.plain th{padding-left:0!important;font-weight:540}.plain td{padding-right:0}.plain small{display:block}
.plain+.caption{margin-top:12px;padding-top:12px;border-top:1px solid var(--line)}
.matrix{width:auto;font-size:12px;border-spacing:0;margin:12px 12px 16px 0}
.matrix td,.matrix th{padding:0;text-align:center;font-weight:400}
.matrix td{border:1px solid var(--line);line-height:1}
.pairs .rows th,.pairs .rows td{padding-left:6px;padding-right:6px}.pairs .rows th:first-child,.pairs .rows td:first-child{padding-left:16px}.pairs .rows th:last-child,.pairs .rows td:last-child{padding-right:14px}
.matrix tbody th{position:sticky;left:0;background:var(--panel);text-align:end;padding:0 10px 0 16px;max-width:180px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;z-index:1}
.matrix thead th{vertical-align:bottom;padding-bottom:6px}
.matrix thead th>span{display:inline-block;max-height:116px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.matrix .corner{color:var(--mute);font-size:11px;text-align:end;padding:0 10px 6px 16px;white-space:nowrap}
.matrix .corner span{display:block!important}
.tilted thead th:not(.corner)>span{writing-mode:vertical-rl;transform:rotate(180deg);text-align:start}
.matrix .total{border:0;color:var(--mute);padding:0 4px 0 14px;text-align:end}
.matrix thead .total{padding-bottom:6px}.matrix.tilted thead .total>span{writing-mode:horizontal-tb;transform:none}
.roomy td{min-width:36px;width:38px;height:36px;font-size:13px}.medium td{min-width:28px;width:34px;height:30px}.dense td{min-width:22px;width:24px;height:22px;font-size:10.5px;letter-spacing:-.02em}
.dense th{font-size:11px}.matrix.dense tbody th{max-width:148px}.dense .total{padding-left:6px!important}
.matrix tbody tr:hover th{color:var(--accent)}.matrix td:hover{outline:2px solid var(--accent);outline-offset:-1px}
${SHADE_CLASSES}
.key{white-space:nowrap;margin-left:8px}.key i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:5px;vertical-align:-1px}
.split{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:16px;align-items:start;margin-top:16px}
.head+.split{margin-top:0}
.thirds{grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));align-items:stretch}
section>.panel+.panel,.split+.panel{margin-top:16px}.beside{display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}.beside>*{max-width:100%}.beside>.pairs{flex:1 1 400px}.pairs .tall{max-height:484px}.word{display:inline-block;max-width:100%}
.heat-map{display:grid;grid-template-columns:auto minmax(0,1fr);gap:8px;font-size:11px;color:var(--mute);max-width:640px}
.heat-map img{display:block;width:100%;aspect-ratio:1;border:1px solid var(--line);background:var(--panel)}
.heat-map .x,.heat-map .y{display:grid;grid-template-columns:repeat(4,1fr)}.heat-map .y{grid-template:repeat(4,1fr)/auto;margin-top:24px;text-align:end}
.heat-map .x{height:24px;align-items:center}
.chart .caption{min-height:52px}
.plot{position:relative;margin:12px 8px 0 40px}.chart .plot:not(.square):not(.counts){margin-left:0}
.square{aspect-ratio:1;max-width:360px}.counts{max-width:360px;margin-top:6px}
.y-title,.x-title{font-size:11px;color:var(--mute)}
.y-title{position:absolute;left:-40px;top:50%;transform:translate(-50%,-50%) rotate(-90deg);translate:4px 0}
.x-title{display:block;text-align:center;margin-top:2px}
.grid{stroke:var(--line)}.axis{stroke:var(--line)}.diagonal{stroke:var(--mute);stroke-dasharray:3 4}
.gap{stroke:var(--bad);stroke-width:7;stroke-opacity:.28}.whisker{stroke:var(--accent);stroke-width:1.5;stroke-opacity:.7}.dot{fill:var(--accent);stroke:var(--panel);stroke-width:1.5}
.mass{fill:var(--accent);fill-opacity:.45}.tiny{font-size:9.5px}
rect.right{fill:var(--accent)}rect.wrong{fill:var(--bad)}
.side{display:flex;justify-content:space-between;font-size:11.5px;color:var(--mute);margin:4px 0}
.side b{font-weight:540}b.right{color:var(--accent)}b.wrong{color:var(--bad)}
summary{cursor:pointer;font-weight:620}summary:hover{background:var(--hover)}
.facts{display:grid;gap:7px}.facts>div{display:grid;grid-template-columns:148px minmax(0,1fr);gap:16px}
.facts dt{color:var(--mute)}.facts small{display:block}
.prose p{max-width:72ch;margin:4px 0 12px}.prose ul{padding-left:18px}
.definitions{display:grid;gap:8px;font-size:12px}.definitions dt{font-weight:540}.definitions dd{color:var(--mute);max-width:80ch}
footer{margin-top:56px;padding-top:16px;border-top:1px solid var(--line);color:var(--mute);font-size:11.5px}
footer p+p{margin-top:4px}
.print-only{display:none}
@media (max-width:1099px){.page{display:block;padding:28px 24px 56px}nav{position:static;display:flex;flex-wrap:wrap;gap:0 4px;margin-bottom:20px}nav p{display:none}nav{margin-left:-8px}nav a{margin-left:0;padding:3px 8px;gap:6px}}
@media (max-width:640px){.page{padding:20px 16px 48px}section{margin-top:44px}.hero{padding:20px 16px 14px}.panel:not(.flush):not(.hero){padding:16px}.hero .top{grid-template-columns:minmax(0,1fr)}.hero .figure{font-size:48px;line-height:56px}.figures{grid-template-columns:repeat(2,minmax(0,1fr))}.glance li{display:block}.glance a{display:block}.wall{grid-template-columns:repeat(auto-fill,minmax(104px,1fr))}.facts>div{grid-template-columns:minmax(0,1fr);gap:0}.chart .caption{min-height:0}.state{white-space:normal}.rows th,.rows td{padding-left:8px;padding-right:8px}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{@page{size:A4;margin:14mm}
:root{--bg:white}body{font-size:9.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.page{display:block;padding:0;max-width:none}nav{display:none}
section{margin-top:20pt}.tall,.scroll{max-height:none;overflow:visible}.rows thead th,.rows tfoot th,.rows tfoot td,.matrix tbody th{position:static}
.rows th,.rows td{padding:3px 6px}.rows .dots{min-width:80px;width:20%}.beside,.split{display:block}.beside>*+*,.split>*+*{margin-top:10pt}
tr,.tile-image,.chart,.hero,.heat-map,.facts>div{break-inside:avoid}.head,.beside>.panel{break-inside:avoid}h2,h3,.head{break-after:avoid}
.classes tbody tr:nth-child(n+${PRINTED_ROWS + 1}){display:none}.print-only{display:block}
.wall{grid-template-columns:repeat(8,1fr);gap:8pt 4pt}.hero .top{grid-template-columns:auto minmax(0,1fr)}.figures{grid-template-columns:repeat(5,1fr);gap:8pt}
.thirds{display:grid;grid-template-columns:repeat(2,minmax(0,1fr))}.thirds>*+*{margin-top:0}.thirds>:last-child{grid-column:1/-1}.split.heat{display:block}
.dense td{min-width:0;width:4.6mm;height:4.6mm;font-size:6pt}.dense th{font-size:6pt}.matrix{max-width:100%}
details:not([open])>:not(summary){display:block}details::details-content{content-visibility:visible;block-size:auto}}
`;
