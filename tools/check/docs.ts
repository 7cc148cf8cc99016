import {existsSync, readFileSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import {PROJECT_ROOT, projectFiles} from '../project-files.ts';
import type {Problem} from './problem.ts';

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const FENCED = /^(```|~~~)[\s\S]*?^\1/gm;

/** Holds every link of the documentation to a file, and a heading in it, that exist. Addresses of the web are not visited. */
export function checkDocs(): Problem[] {
  const pages = [...projectFiles('*.md'), ...projectFiles('{docs,deploy,bench,packages,native}/**/*.md')];
  return pages.flatMap((page) =>
    linksOf(read(page)).flatMap(({target, line}) => {
      const message = linkProblem(page, target);
      return message === null ? [] : [{where: `${page}:${line}`, message}];
    }),
  );
}

/** Link targets outside of code blocks, with their lines. */
export function linksOf(text: string): {target: string; line: number}[] {
  const prose = text
    .replace(FENCED, (block) => block.replace(/[^\n]/g, ' '))
    .replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));
  return [...prose.matchAll(LINK)].map((match) => ({
    target: match[1] ?? '',
    line: prose.slice(0, match.index).split('\n').length,
  }));
}

function linkProblem(page: string, target: string): string | null {
  if (/^[a-z]+:/i.test(target)) return null;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  if (!existsSync(join(PROJECT_ROOT, file))) return `links to ${target}, but there is no ${file}`;
  if (anchor === undefined || !file.endsWith('.md')) return null;
  return anchorsOf(read(file)).has(anchor)
    ? null
    : `links to ${target}, but ${file} has no heading for #${anchor}`;
}

/** Anchors as the common renderers make them from headings. */
export function anchorsOf(text: string): Set<string> {
  const headings = text.replace(FENCED, '').matchAll(/^#{1,6}\s+(.*)$/gm);
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

function read(path: string): string {
  return readFileSync(join(PROJECT_ROOT, path), 'utf8');
}
