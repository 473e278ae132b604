import { formatRef, type ObjectRef } from '../reference.ts'

/** The message of an error without the object that it is about, where that has been named already. */
export function withoutSubject(message: string, ref: ObjectRef): string {
  const subject = `${formatRef(ref)}: `
  return message.startsWith(subject) ? message.slice(subject.length) : message
}
