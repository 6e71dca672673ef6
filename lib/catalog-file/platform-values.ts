/** What one member of a platform's tokens can be: a glob that all its values match, and how values go on after its start. */
export type Form = readonly [glob: string, end: string];

/** What a platform's tokens hold. Only members whose values have several segments are listed. */
export interface PlatformValues {
  readonly name: string;
  readonly issuer: RegExp;
  /** How its subjects start, whatever the issuer's URL is. */
  readonly start?: string;
  readonly subject: readonly Form[];
  readonly claims: Readonly<Record<string, readonly Form[]>>;
}

const refs = (before: string): Form[] => [
  [`${before}refs/heads/**`, 'refs/heads/main'],
  [`${before}refs/tags/**`, 'refs/tags/v1'],
  [`${before}refs/pull/*/merge`, 'refs/pull/1/merge'],
];
const WORKFLOW = refs('*/*/.github/workflows/*@');

/** The platforms whose subjects have a known form. Their tokens' owners may change it, so a misfit is never a fault. */
export const PLATFORM_VALUES: readonly PlatformValues[] = [
  {
    name: 'GitHub Actions',
    issuer: /^https:\/\/token\.actions\.(?:githubusercontent\.com(?:\/[^/]+)?|[\w-]+\.ghe\.com)$|\/_services\/token$/,
    start: 'repo:',
    subject: [
      ...refs('repo:*/*:ref:'),
      ['repo:*/*:environment:**', 'environment:production'],
      ['repo:*/*:pull_request', 'pull_request'],
    ],
    claims: {
      ref: refs(''),
      repository: [['*/*', 'acme/api']],
      workflow_ref: WORKFLOW,
      job_workflow_ref: [...WORKFLOW, ['*/*/.github/workflows/*@*', 'acme/api/.github/workflows/ci.yml@0123abc']],
    },
  },
  {
    name: 'GitLab',
    issuer: /^https:\/\/gitlab\.com$/,
    start: 'project_path:',
    subject: [['project_path:*/**:ref_type:*:ref:**', 'ref_type:branch:ref:main']],
    claims: {
      project_path: [['*/**', 'acme/api']],
      ref_path: refs(''),
      ci_config_ref_uri: refs('*/**//**@'),
    },
  },
  {
    name: 'Buildkite',
    issuer: /^https:\/\/agent\.buildkite\.com$/,
    subject: [['organization:*:pipeline:*:ref:**:commit:*:step:**', 'pipeline:api:ref:refs/heads/main:commit:…']],
    claims: {},
  },
  {
    name: 'HCP Terraform',
    issuer: /^https:\/\/app\.terraform\.io$/,
    subject: [['organization:*:project:*:workspace:*:run_phase:*', 'project:P:workspace:W:run_phase:plan']],
    claims: {
      terraform_full_workspace: [['organization:*:project:*:workspace:*', 'project:P:workspace:W']],
    },
  },
  {
    name: 'Vercel',
    issuer: /^https:\/\/oidc\.vercel\.com(?:\/[^/]+)?$/,
    subject: [['owner:*:project:*:environment:*', 'project:site:environment:production']],
    claims: {},
  },
  {
    name: 'CircleCI',
    issuer: /^https:\/\/oidc\.circleci\.com\/org\/[^/]+$/,
    subject: [['org/*/project/*/user/**', 'project/PROJECT-ID/user/USER-ID']],
    claims: {
      'oidc.circleci.com/vcs-origin': [['*/*/**', 'github.com/acme/api']],
      'oidc.circleci.com/vcs-ref': [['refs/**', 'refs/heads/main']],
    },
  },
  {
    name: 'Kubernetes',
    issuer: /^(?!)/,
    start: 'system:',
    subject: [['system:serviceaccount:*:*', 'serviceaccount:NAMESPACE:NAME']],
    claims: {},
  },
];
