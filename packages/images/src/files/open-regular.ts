import {constants} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {refused} from '../refusal.ts';

/**
 * Opens a file that a stranger may have put there. A named pipe would keep whoever opens it waiting and a device may never end, so only regular files
 * are taken; `O_NONBLOCK` lets the opening itself return (open(2)). Throws `image-refused` for anything else, and what open(2) says.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await openAtOnce(path);
  try {
    if ((await file.stat()).isFile()) return file;
    throw noFile(path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openAtOnce(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    // A socket.
    throw error instanceof Error && 'code' in error && error.code === 'ENXIO' ? noFile(path, error) : error;
  }
}

function noFile(path: string, cause?: unknown) {
  return refused(`Cannot take the image: ${path} is no regular file.`, cause);
}
