/** An issuer that signs tokens for anyone who opens an account there: trusting it says nothing about whose workload it is. */
export interface SharedIssuer {
  readonly name: string;
  /** How many leading segments of a subject name the owner if they are literal (`repo:acme/` are two); 0 if none do. */
  readonly ownerSegments: number;
  /** Claims that name an owner, the best first. */
  readonly ownerClaims: readonly [string, ...string[]];
  /** An example of a subject that names its owner; absent if only the whole subject does. */
  readonly example?: string;
  /** All its claims are strings, so a number or a boolean never matches. */
  readonly stringsOnly: boolean;
}

/** The shared issuers that workloads commonly come from. An issuer with a URL for each customer is not shared. */
export const SHARED_ISSUERS: ReadonlyMap<string, SharedIssuer> = new Map([
  [
    'https://token.actions.githubusercontent.com',
    {
      name: 'GitHub Actions',
      ownerSegments: 2,
      ownerClaims: ['repository_owner_id', 'repository_owner', 'repository_id', 'repository', 'job_workflow_ref'],
      example: 'repo:acme/*:ref:refs/heads/main',
      stringsOnly: true,
    },
  ],
  [
    'https://gitlab.com',
    {
      name: 'GitLab.com',
      ownerSegments: 2,
      ownerClaims: ['namespace_id', 'namespace_path', 'project_id', 'project_path'],
      example: 'project_path:acme/*:ref_type:branch:ref:main',
      stringsOnly: true,
    },
  ],
  [
    'https://agent.buildkite.com',
    {
      name: 'Buildkite',
      ownerSegments: 2,
      ownerClaims: ['organization_id', 'organization_slug'],
      example: 'organization:acme:pipeline:**',
      stringsOnly: false,
    },
  ],
  [
    'https://app.terraform.io',
    {
      name: 'HCP Terraform',
      ownerSegments: 2,
      ownerClaims: ['terraform_organization_id', 'terraform_organization_name'],
      example: 'organization:acme:project:**',
      stringsOnly: false,
    },
  ],
  [
    'https://oidc.vercel.com',
    {
      name: 'Vercel',
      ownerSegments: 2,
      ownerClaims: ['owner_id', 'owner'],
      example: 'owner:acme:project:*:environment:production',
      stringsOnly: false,
    },
  ],
  [
    'https://accounts.google.com',
    {
      name: 'Google',
      ownerSegments: 0,
      ownerClaims: ['hd', 'email', 'azp'],
      stringsOnly: false,
    },
  ],
  [
    'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    {
      name: 'Microsoft personal accounts',
      ownerSegments: 0,
      ownerClaims: ['oid', 'azp'],
      stringsOnly: false,
    },
  ],
]);
