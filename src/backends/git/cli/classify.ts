import type { FleetkitError } from '../../../model/errors/error.ts'
import type { ErrorCode } from '../../../model/errors/error-codes.ts'
import type { Session } from '../session.ts'

interface Rule {
  readonly said: RegExp
  readonly code: ErrorCode
  readonly message: string
  readonly retryable?: boolean
}

/** The first that matches counts. What git, curl and ssh say, in the language `C`. */
const rules: readonly Rule[] = [
  {
    said: /transport '[^']*' not allowed|protocol '[^']*' is not supported/i,
    code: 'git/config',
    message: 'git does not speak this protocol',
  },
  {
    said: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known/i,
    code: 'git/unauthorized',
    message: 'the host is not among the known hosts, or has another key',
  },
  {
    said: /could not read (Username|Password)|terminal prompts disabled/i,
    code: 'git/unauthorized',
    message: 'the git server wants credentials',
  },
  {
    said: /Authentication failed|returned error: 40[13]\b|Permission denied|Access denied|Invalid username or/i,
    code: 'git/unauthorized',
    message: 'the git server does not accept the credentials',
  },
  {
    said: /repository '[^']*' not found|returned error: (404|410)\b|Repository not found|does not appear to be a git repository|No such file or directory/i,
    code: 'git/repository-missing',
    message: 'the git server knows no such repository, or hides it from these credentials',
  },
  { said: /returned error: (429|5\d\d)\b/i, code: 'git/unavailable', message: 'the git server cannot serve now' },
  {
    said: /returned error: 30\d\b|unable to update url base from redirection/i,
    code: 'git/unauthorized',
    message: 'the git server redirects to where these credentials do not go',
  },
  {
    said: /certificate|SSL|gnutls/i,
    code: 'git/unreachable',
    message: 'the certificate of the git server is not trusted',
    retryable: false,
  },
  {
    said: /not valid: is this a git repository|protocol error|bad (line length|pack|band)|bad pack header|invalid server response|invalid (\S+ )?pkt|unexpected (\S+ ){0,3}(packet|line)|expected|did not send|inflate|corrupt|index-pack failed|not (a )?git/i,
    code: 'git/protocol',
    message: 'the server answered something that is not git, or broke off',
  },
  {
    said: /Could not resolve|Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|timed out|Empty reply|Recv failure|unable to access|RPC failed|hung up|early EOF|disconnect|No route|unreachable/i,
    code: 'git/unreachable',
    message: 'no answer from the git server',
  },
]

/** The cause of a failure of git, by what it printed. */
export function classify(session: Session, stderr: string): FleetkitError {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('hint:'))
  const detail = lines.slice(-4).join('; ')
  const rule = rules.find(({ said }) => said.test(stderr))
  if (rule === undefined) return session.error('git/protocol', 'git failed', { detail })
  const { code, message, retryable } = rule
  return session.error(code, message, retryable === undefined ? { detail } : { detail, retryable })
}
