/** The page's look: quiet, dense, system fonts, light and dark. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--paper-2:#f6f7f9;--ink:#16191f;--ink-2:#5b6472;--line:#dfe3e8;--accent:#3563c9;--good:#1d7f5f;--bad:#c0392b;--warn:#b7791f;
--source:#7a6ff0;--raw:#7a6ff0;--core:#2a9d8f;--mart:#3563c9;--other:#8892a0}
@media(prefers-color-scheme:dark){:root{--paper:#14161a;--paper-2:#1c1f25;--ink:#e7eaef;--ink-2:#98a2b1;--line:#2d323b;--accent:#7da2ff;--good:#4cc38a;--bad:#ff7b6b;--warn:#e0b252;
--source:#a79dff;--raw:#a79dff;--core:#4fc7b8;--mart:#7da2ff;--other:#8892a0}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:0 auto;padding:28px 24px 80px}h1{font-size:24px;margin:0 0 2px;letter-spacing:-.01em}h2{font-size:16px;margin:40px 0 10px}h3{font-size:14px;margin:0}
p{margin:4px 0}a{color:inherit}.lede{color:var(--ink-2);max-width:75ch}.facts{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0 0;padding:0;list-style:none}
.facts li{background:var(--paper-2);border:1px solid var(--line);border-radius:8px;padding:8px 14px;min-width:104px}.facts b{display:block;font-size:19px;font-weight:600}.facts span{color:var(--ink-2);font-size:12px}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;padding:14px;background:var(--paper-2)}
.lineage{display:block;max-width:none}.lineage .node rect{fill:var(--paper);stroke:var(--line)}.lineage .node{text-decoration:none}.lineage .node .edge{stroke:none;fill:var(--other)}
.lineage .layer-source .edge{fill:var(--source)}.lineage .layer-raw .edge{fill:var(--raw)}.lineage .layer-core .edge{fill:var(--core)}.lineage .layer-mart .edge{fill:var(--mart)}
.lineage .failed rect:first-child{stroke:var(--bad);stroke-width:2}.lineage .skipped{opacity:.55}.lineage text{fill:var(--ink)}.lineage .name{font-size:13px;font-weight:600}.lineage .sub{font-size:11px;fill:var(--ink-2)}
.lineage .warned{fill:var(--warn)}.lineage .flow{fill:none;stroke:var(--ink-2);stroke-opacity:.45;stroke-width:1.3}.lineage marker path{fill:var(--ink-2);fill-opacity:.6}
.lineage.focus .node{opacity:.25}.lineage.focus .flow{stroke-opacity:.08}.lineage.focus .node.on{opacity:1}.lineage.focus .flow.on{stroke:var(--accent);stroke-opacity:1}.lineage .node:focus-visible rect:first-of-type{stroke:var(--accent);stroke-width:2}
.legend{display:flex;gap:16px;color:var(--ink-2);font-size:12px;margin-top:8px}.legend i{display:inline-block;width:4px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-2px}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(370px,1fr));gap:14px}.card{border:1px solid var(--line);border-radius:10px;padding:12px 14px 10px;min-width:0}
.card.wide{grid-column:1/-1}.card svg{display:block;width:100%;height:auto;margin-top:6px}.card p{color:var(--ink-2);font-size:12.5px;min-height:36px}.card h3 a{text-decoration:none}
table{border-collapse:collapse;width:100%;font-size:13px}th{text-align:left;color:var(--ink-2);font-weight:500;border-bottom:1px solid var(--line);padding:4px 10px;white-space:nowrap}
td{padding:3px 10px;border-bottom:1px solid var(--line);white-space:nowrap}td.number,th.number{text-align:right}td.null{color:var(--ink-2);font-style:italic}td.doc{white-space:normal;color:var(--ink-2)}
details{border:1px solid var(--line);border-radius:10px;margin:8px 0;background:var(--paper)}summary{cursor:pointer;padding:9px 14px;display:flex;gap:12px;align-items:baseline;list-style:none}summary::-webkit-details-marker{display:none}
summary::before{content:"▸";color:var(--ink-2)}details[open]>summary::before{content:"▾"}summary .meta{margin-left:auto;color:var(--ink-2);font-size:12.5px;white-space:nowrap}summary .about{color:var(--ink-2);overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
details .inside{padding:2px 14px 14px}details .scroll{padding:0;background:none;max-height:340px;overflow:auto;margin-top:8px}code,pre{font:12.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace}
pre{background:var(--paper-2);border:1px solid var(--line);border-radius:8px;padding:10px 12px;overflow:auto;max-height:360px}h4{font-size:12px;color:var(--ink-2);font-weight:600;margin:14px 0 2px;text-transform:uppercase;letter-spacing:.04em}
footer{margin-top:48px;color:var(--ink-2);font-size:12.5px}
@media print{.scroll{overflow:visible}}
`;

/** Hovering a dataset shows its path up and down; a link to a dataset opens its details. The only script of the page. */
export const SCRIPT = `
const svg=document.querySelector('.lineage');
if(svg){const flows=[...svg.querySelectorAll('.flow')],nodes=[...svg.querySelectorAll('.node')];
const reach=(id,from,to)=>{const seen=new Set([id]),queue=[id];while(queue.length){const at=queue.pop();for(const f of flows)if(f.dataset[from]===at&&!seen.has(f.dataset[to])){seen.add(f.dataset[to]);queue.push(f.dataset[to])}}return seen};
const focus=id=>{svg.classList.toggle('focus',!!id);if(!id)return;const up=reach(id,'to','from'),down=reach(id,'from','to');
for(const n of nodes)n.classList.toggle('on',up.has(n.dataset.id)||down.has(n.dataset.id));
for(const f of flows)f.classList.toggle('on',(up.has(f.dataset.from)&&up.has(f.dataset.to))||(down.has(f.dataset.from)&&down.has(f.dataset.to)))};
for(const n of nodes){n.addEventListener('mouseenter',()=>focus(n.dataset.id));n.addEventListener('mouseleave',()=>focus(null));n.addEventListener('focus',()=>focus(n.dataset.id));n.addEventListener('blur',()=>focus(null))}}
const open=()=>{const d=location.hash&&document.getElementById(location.hash.slice(1));if(d&&d.tagName==='DETAILS'){d.open=true;d.scrollIntoView()}};
addEventListener('hashchange',open);open();
`;
