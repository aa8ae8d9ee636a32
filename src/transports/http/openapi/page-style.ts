/** The style of the page, light and dark. */
export const pageStyle = `
:root { --back: #f6f7f9; --card: #fff; --text: #1c2430; --quiet: #5c6878; --line: #dfe3e9; --code: #eef1f5; --link: #0b62c4;
  --get: #0b6bcb; --post: #187a3d; --put: #9a5b00; --patch: #7a4fc4; --delete: #c0312f; --ws: #0f7d86; }
@media (prefers-color-scheme: dark) {
  :root { --back: #12161c; --card: #1a2029; --text: #e4e8ee; --quiet: #9aa6b6; --line: #2d3643; --code: #252d39; --link: #6cb2ff;
    --get: #6cb2ff; --post: #62cf8b; --put: #e8b15a; --patch: #b99cf5; --delete: #ff8a85; --ws: #5fd0d8; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { margin: 0; font-size: 1.7rem; }
h1 small { margin-left: .4rem; color: var(--quiet); font-size: .9rem; font-weight: 400; }
h2 { margin: 2rem 0 .6rem; font-size: 1.1rem; }
h3 { margin: 1.2rem 0 .3rem; color: var(--quiet); font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; }
h3 .type { letter-spacing: 0; text-transform: none; }
p { margin: .4rem 0; }
a { color: var(--link); }
main { padding-top: .5rem; padding-bottom: 4rem; }
code { padding: .1em .35em; border-radius: 4px; background: var(--code); font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.operation { margin: .5rem 0; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
.operation > summary { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; padding: .6rem .9rem; cursor: pointer; list-style: none; }
.operation > summary::-webkit-details-marker { display: none; }
.operation > summary:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; border-radius: 8px; }
.operation[open] > summary { border-bottom: 1px solid var(--line); }
.method { min-width: 4.2rem; font: 700 .8rem ui-monospace, monospace; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .patch { color: var(--patch); }
.delete { color: var(--delete); } .ws { color: var(--ws); }
.path { padding: 0; background: none; font-size: 1rem; }
.path b { color: var(--quiet); font-weight: 400; }
.path.deprecated { text-decoration: line-through; }
.about { color: var(--quiet); margin-left: auto; }
.parts { padding: .2rem 1rem 1rem; }
table { width: 100%; border-collapse: collapse; margin: .3rem 0; }
td { padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top; }
tr:first-child > td { border-top: 0; }
td:first-child { width: 11rem; white-space: nowrap; }
td:first-child code { overflow-wrap: normal; }
td.place { width: 4rem; color: var(--quiet); }
td table { margin: .3rem 0 .3rem .2rem; padding-left: .8rem; border-left: 2px solid var(--line); }
td table td { padding-left: .8rem; }
.type { color: var(--quiet); font: .92em ui-monospace, monospace; }
.limits { color: var(--quiet); font-size: .9em; }
.required { color: var(--delete); font-weight: 700; margin-left: .15rem; }
.form { margin: .3rem 0; padding-left: .8rem; border-left: 2px solid var(--line); }
@media (max-width: 40rem) { .about { margin-left: 0; width: 100%; } td, td:first-child, td.place { display: block; width: auto; padding-right: 0; }
  td + td { border-top: 0; padding-top: 0; } }
`;
