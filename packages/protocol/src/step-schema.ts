import {Type} from 'typebox';

const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

/** One stage as measured, as JSON Schema. */
export const STEP_SCHEMA = Type.Object(
  {
    exitCode: nullable(Type.Integer()),
    signal: nullable(Type.String({description: 'Such as SIGSEGV; set exactly when exitCode is null.'})),
    stdout: Type.String({description: 'Text; invalid UTF-8 is replaced.'}),
    stderr: Type.String(),
    stdoutBase64: Type.Optional(Type.String({description: 'Present exactly when replacing lost something.'})),
    stderrBase64: Type.Optional(Type.String()),
    stdoutTruncated: Type.Boolean(),
    stderrTruncated: Type.Boolean(),
    stdoutBytes: Type.Number({description: 'Bytes that the program wrote, kept or not.'}),
    stderrBytes: Type.Number(),
    wallTimeMs: Type.Number(),
    cpuTimeMs: Type.Number(),
    memoryPeakBytes: Type.Number(),
    processesPeak: Type.Number(),
  },
  {additionalProperties: false, title: 'Step'},
);
