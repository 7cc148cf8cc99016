import type {Artifact} from '@sandglass/protocol';
import {imageType} from './image-type.ts';

/** Pictures that the program left. Other files are named and can be saved. */
export function ArtifactGallery({artifacts}: {artifacts: readonly Artifact[]}) {
  if (artifacts.length === 0) return null;
  return (
    <ul
      aria-label="Files of the program"
      className="flex max-h-[50%] shrink-0 flex-wrap gap-3 overflow-auto border-t border-line p-3"
    >
      {artifacts.map((artifact) => (
        <li key={artifact.path}>
          <ArtifactFigure artifact={artifact} />
        </li>
      ))}
    </ul>
  );
}

function ArtifactFigure({artifact: {path, contentBase64, truncated}}: {artifact: Artifact}) {
  const type = truncated ? null : imageType(path);
  return (
    <figure className="grid gap-1">
      {type === null ? null : (
        // In an <img>, an SVG can neither run scripts nor load anything (SVG 2, "secure static mode").
        <img
          src={`data:${type};base64,${contentBase64}`}
          alt={`${path}, made by the program`}
          className="max-h-72 max-w-full rounded-lg border border-line bg-white"
        />
      )}
      <figcaption className="font-mono text-xs text-soft">
        <a download={path.split('/').at(-1)} href={`data:application/octet-stream;base64,${contentBase64}`}>
          {path}
        </a>
        {truncated ? ' (too large: only its beginning came back)' : ''}
      </figcaption>
    </figure>
  );
}
