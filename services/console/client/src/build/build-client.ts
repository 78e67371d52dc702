import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

/** One file of the browser's part, as it is served: its path below the folder of the client, and its bytes. */
export interface BundledFile {
  readonly path: string
  readonly contents: Uint8Array
}

const home = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Bundles what the browser loads. Every file but `index.html` has its content's hash in its name, so that browsers may keep
 * it for good; the page itself holds no script and no style, which the content security policy would refuse.
 * @param root The repository: paths of the metafile are relative to it.
 */
export async function buildClient(root: string): Promise<{ files: BundledFile[]; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`${home}src/main.tsx`],
    outdir: `${home}dist`,
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox121', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: '@straylight/console-client',
    minify: true,
    // What the licences of what is bundled ask for; the server serves no such file, the package holds it.
    legalComments: 'linked',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [withoutTranslations],
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  const files = outputFiles.map(({ path, contents }) => ({ path: path.slice(`${home}dist/`.length), contents }))
  const named = (ending: string) =>
    files.find(({ path }) => path.startsWith('assets/main-') && path.endsWith(ending))?.path ?? ''
  const page = new TextEncoder().encode(pageOf(named('.js'), named('.css')))
  const icon = new TextEncoder().encode(iconSvg)
  return {
    files: [...files, { path: iconName, contents: icon }, { path: 'index.html', contents: page }],
    metafile,
  }
}

/** zod brings its messages in fifty languages, a third of the bundle; the pages show none of them. */
const withoutTranslations: Plugin = {
  name: 'without-translations',
  setup: (bundling) => {
    bundling.onResolve({ filter: /\/locales\/index\.js$/ }, () => ({ path: 'translations', namespace: 'left-out' }))
    bundling.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export {}' }))
  },
}

const iconSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#17457f"/><path d="M4 20h7l3-9 4 14 3-9h7" fill="none" stroke="#fff" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round"/></svg>`
const iconName = `assets/icon-${createHash('sha256').update(iconSvg).digest('hex').slice(0, 8)}.svg`

function pageOf(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Straylight</title>
<link rel="icon" type="image/svg+xml" href="/${iconName}">
<link rel="stylesheet" href="/${style}">
<script type="module" src="/${script}"></script>
</head>
<body>
<div id="console"><p class="loading" role="status">Loading the console…</p></div>
<noscript>This console needs JavaScript. The same is in the shell: straylight alerts, straylight explain.</noscript>
</body>
</html>
`
}
