import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Provider} from 'oidc-provider';

/** Somebody whom the provider knows. */
export interface ProviderUser {
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name?: string;
}

export const OIDC_CLIENT = {clientId: 'sandglass', clientSecret: 'a secret of the client, for tests only'};
const TTL_S = 600;
/** Where the provider sends its users to be asked who they are. */
const LOGIN_PATH = '/login/';

/**
 * A certified OpenID provider on a free port. Nobody types at it: whoever `signsIn` names is the one who signs in there, and he agrees to
 * everything.
 */
export class OidcProvider implements AsyncDisposable {
  readonly issuer: string;
  /** The subject who signs in next. */
  signsIn = '';
  readonly #server: Server;

  private constructor(server: Server, issuer: string) {
    this.#server = server;
    this.issuer = issuer;
  }

  static async start(
    redirectUri: string,
    users: Readonly<Record<string, ProviderUser>>,
  ): Promise<OidcProvider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    // Of a TCP server that listens.
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: OIDC_CLIENT.clientId,
          client_secret: OIDC_CLIENT.clientSecret,
          redirect_uris: [redirectUri],
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      claims: {openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username']},
      // Claims are in the ID token as with most providers.
      conformIdTokenClaims: false,
      pkce: {required: () => true},
      features: {devInteractions: {enabled: false}},
      ttl: {Interaction: TTL_S, Grant: TTL_S, Session: TTL_S},
      cookies: {keys: ['a key for tests']},
      interactions: {url: (_, {uid}) => `${LOGIN_PATH}${uid}`},
      findAccount: (_, sub) => {
        const user = users[sub];
        if (user === undefined) return undefined;
        const {email, emailVerified, name = sub} = user;
        const claims = {sub, email, email_verified: emailVerified, name, preferred_username: sub};
        return {accountId: sub, claims: () => claims};
      },
    });
    const self = new OidcProvider(server, issuer);
    const answer = provider.callback();
    server.on('request', (request, response) => {
      const isLogin = request.url?.startsWith(LOGIN_PATH) === true;
      void (isLogin ? self.#signIn(provider, request, response) : answer(request, response));
    });
    return self;
  }

  get discoveryUrl(): string {
    return `${this.issuer}/.well-known/openid-configuration`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {params} = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({accountId: this.signsIn, clientId: OIDC_CLIENT.clientId});
    grant.addOIDCScope(String(params.scope));
    const consent = {grantId: await grant.save()};
    await provider.interactionFinished(request, response, {login: {accountId: this.signsIn}, consent});
  }
}
