import type {ProbedMechanism, WeakerMechanism} from '@sandglass/sandbox';
import {styleFor} from '../terminal/style.ts';
import type {Findings, LevelProof, Proof} from './findings.ts';

type Style = ReturnType<typeof styleFor>;

/** The findings for a person: a line for each mechanism, and below it why it is missing and what to type. */
export function formatFindings({probe, proof, levels}: Findings, stream: NodeJS.WriteStream): string[] {
  const style = styleFor(stream);
  const lines =
    probe.kind === 'probed'
      ? mechanismLines(probe.mechanisms, style)
      : [`${style('red', 'no ')}  ${probe.reason}`];
  return [
    style('bold', 'Mechanisms of this machine'),
    ...lines,
    '',
    ...proofLines(proof, style),
    '',
    style('bold', 'Other isolation levels (isolation.allowed)'),
    ...levels.flatMap((each) => levelLines(each, style)),
  ];
}

function levelLines({level, proof}: LevelProof, style: Style): string[] {
  if (proof.kind === 'fails') return [`${style('yellow', 'no ')}  ${level}: ${proof.reason}`];
  const {isolation, weaker} = proof;
  return [
    `${style('green', 'yes')}  ${level}: a program ran. Enforced: ${isolation.enforced.join(', ')}.`,
    ...weaknessLines(weaker),
  ];
}

function weaknessLines(weaker: readonly WeakerMechanism[]): string[] {
  return weaker.flatMap(({mechanism, reason, remedy}) => [
    `     weaker: ${mechanism}: ${reason}`,
    ...(remedy === '' ? [] : [`       to get it: ${remedy}`]),
  ]);
}

function mechanismLines(mechanisms: readonly ProbedMechanism[], style: Style): string[] {
  const width = Math.max(0, ...mechanisms.map(({name}) => name.length));
  return mechanisms.flatMap(({name, available, reason, remedy}) =>
    available
      ? [`${style('green', 'yes')}  ${name}`]
      : [
          `${style('yellow', 'no ')}  ${name.padEnd(width)}  ${reason}`,
          ...(remedy === '' ? [] : [`${' '.repeat(width + 7)}to get it: ${remedy}`]),
        ],
  );
}

function proofLines(proof: Proof, style: Style): string[] {
  if (proof.kind === 'fails')
    return [`${style('red', 'no ')}  Programs cannot be run at the default isolation level: ${proof.reason}`];
  const {driver, enforced} = proof.isolation;
  return [
    `${style('green', 'yes')}  A program ran at the default isolation level (${driver}). Enforced: ${enforced.join(', ')}.`,
    ...weaknessLines(proof.weaker),
  ];
}
