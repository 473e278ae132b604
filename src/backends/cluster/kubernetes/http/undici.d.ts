// The module of undici that direct connections need. undici types its entry point alone.

declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici'
  export default Client
}
