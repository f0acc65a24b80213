export type Theme = 'light' | 'dark' | 'auto';

const light = {
  canvas: '#fafbfc',
  box: '#ffffff',
  'box-border': '#c4cbd6',
  group: '#f1f4f8',
  'group-border': '#d5dbe4',
  region: '#a9b3c2',
  ink: '#1b2330',
  soft: '#5a6678',
  line: '#8390a3',
  pill: '#ffffff',
  'pill-border': '#d5dbe4',
  code: '#475468',
  tag: '#e6edf6',
  'tag-ink': '#3b5375',
  effect: '#7a3fd0',
  done: '#17803d',
  error: '#c62f3b',
  clock: '#b4620a',
  active: '#dbe9ff',
  'active-border': '#1d63d8',
  'active-ink': '#0f3f92',
  visited: '#e7f5ea',
  'visited-border': '#5fae76',
};

const dark: Readonly<Record<keyof typeof light, string>> = {
  canvas: '#12161c',
  box: '#232a35',
  'box-border': '#485466',
  group: '#1a2029',
  'group-border': '#333d4b',
  region: '#566275',
  ink: '#e9edf3',
  soft: '#a3afc0',
  line: '#78869a',
  pill: '#1d242e',
  'pill-border': '#3a4454',
  code: '#b6c1d1',
  tag: '#2d3a4d',
  'tag-ink': '#b3cbee',
  effect: '#c19bff',
  done: '#63cf86',
  error: '#ff8089',
  clock: '#f0a94e',
  active: '#1c4079',
  'active-border': '#6ca6ff',
  'active-ink': '#d5e5ff',
  visited: '#1b3526',
  'visited-border': '#4b9a65',
};

const textFaces = `-apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif`;
const codeFaces = `ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace`;

const rules = `
text{font:11px ${textFaces};fill:var(--soft)}
.canvas{fill:var(--canvas)}
.box{fill:var(--box);stroke:var(--box-border);stroke-width:1.2}
.group>.box{fill:var(--group);stroke:var(--group-border)}
.region>.box{fill:none;stroke:var(--region);stroke-dasharray:5 4}
.root>.box{fill:none}
.missing>.box{fill:none;stroke:var(--error);stroke-dasharray:3 3}
.ring{fill:none;stroke:var(--box-border);stroke-width:1.2}
.rule{stroke:var(--group-border)}
.name{font-size:13px;font-weight:600;fill:var(--ink)}
.group>.name,.group>.note{paint-order:stroke;stroke:var(--group);stroke-width:4px;stroke-linejoin:round}
.group.root>.name,.group.root>.note,.group.region>.name,.group.region>.note{stroke:var(--canvas)}
.root>.name{font-size:13px;font-weight:700}
.missing>.name{fill:var(--error)}
.history>.name{font-size:12px}
.dot{fill:var(--ink)}
.tag{fill:var(--tag)}
.tag-text{font-size:10px;fill:var(--tag-ink)}
.icon{fill:none;stroke:var(--soft);stroke-width:1.3;stroke-linecap:round;stroke-linejoin:round}
.icon.effect{fill:var(--effect);stroke:var(--effect);stroke-width:.6}
.icon.clock{stroke:var(--clock)}
.icon.done{stroke:var(--done);stroke-width:1.7}
.icon.error{stroke:var(--error);stroke-width:1.7}
.edge{fill:none;stroke:var(--line);stroke-width:1.4}
.head{fill:var(--line)}
.pill{fill:var(--pill);stroke:var(--pill-border)}
.trigger{font-size:12px;font-weight:600;fill:var(--ink)}
.guard,.action{font:10.5px ${codeFaces};fill:var(--code)}
.visited>.box{fill:var(--visited);stroke:var(--visited-border)}
.group.visited>.box{fill:var(--group)}
.visited>.ring{stroke:var(--visited-border)}
.active>.box{fill:var(--active);stroke:var(--active-border);stroke-width:2}
.active>.name{fill:var(--active-ink)}
.active>.ring{stroke:var(--active-border)}
.group.active>.box{fill:var(--group);stroke:var(--active-border);stroke-width:1.6}
.region.active>.box{fill:none}
.root.active>.box{fill:none;stroke:var(--group-border);stroke-width:1.2}
.root.active>.name{fill:var(--ink)}
.enabled>.edge{stroke:var(--active-border);stroke-width:2}
.enabled .head{fill:var(--active-border)}
.enabled>.pill{stroke:var(--active-border);stroke-width:1.3}
.enabled>.trigger{fill:var(--active-ink)}
`;

/** The style of one diagram. Every rule names the diagram's class, because styles in a page reach all of it. */
export function styleSheet(theme: Theme): string {
  const scope = `.fsm-${theme}`;
  const scoped = rules
    .trim()
    .split('\n')
    .map((rule) => {
      const [selectors, body] = rule.split('{') as [string, string];
      const all = selectors.split(',').map((selector) => `${scope} ${selector}`);
      return `${all.join(',')}{${body}`;
    });
  const colours = variables(scope, theme === 'dark' ? dark : light);
  const night = theme === 'auto' ? [`@media(prefers-color-scheme:dark){${variables(scope, dark)}}`] : [];
  return [colours, ...night, ...scoped].join('\n');
}

function variables(scope: string, colours: Readonly<Record<string, string>>): string {
  return `${scope}{${Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')}}`;
}
