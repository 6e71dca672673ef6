import type { VersionName } from '../entries/mapping.ts';
import type { Revision, SecretRecord } from '../entries/secret.ts';
import type { VersionNames } from '../mapping/access.ts';
import type { StoreVersion } from '../stores/store.ts';
import type { ShownVersion } from '../wire/envelope.ts';

/** A version that was asked for, as far as the catalog knows about it. */
export interface ResolvedVersion {
  /** Every name that mappings may use for it. */
  readonly names: VersionNames;
  /** What to ask the store for; undefined if the catalog says that it does not exist. */
  readonly storeVersion: StoreVersion | undefined;
}

/**
 * Resolves a requested version before anything is decided, so that a mapping on `current` also applies to its number and its
 * id, and the other way round.
 */
export function resolveVersion(version: ShownVersion, record: SecretRecord | undefined): ResolvedVersion {
  if (record === undefined || record.revisions.length === 0) return unnumbered(version);
  const revision = findRevision(version, record);
  if (revision !== undefined)
    return { names: { names: namesOf(revision, record), complete: true }, storeVersion: { id: revision.id } };
  if (version === 'current' || version === 'previous' || typeof version === 'number') {
    return { names: { names: [version], complete: true }, storeVersion: undefined };
  }
  return { names: { names: [version], complete: false }, storeVersion: { id: version } };
}

function unnumbered(version: ShownVersion): ResolvedVersion {
  if (typeof version === 'number') return { names: { names: [version], complete: true }, storeVersion: undefined };
  const storeVersion = version === 'current' || version === 'previous' ? version : { id: version };
  return { names: { names: [version], complete: false }, storeVersion };
}

function findRevision(version: ShownVersion, record: SecretRecord): Revision | undefined {
  const number = version === 'current' ? record.current : version === 'previous' ? record.previous : version;
  return record.revisions.find((revision) => revision.number === number || revision.id === number);
}

function namesOf(revision: Revision, record: SecretRecord): VersionName[] {
  const names: VersionName[] = [revision.number, revision.id];
  if (revision.number === record.current) names.push('current');
  if (revision.number === record.previous) names.push('previous');
  return names;
}

/** How a version that was read is shown: by its number if the catalog has one, otherwise by the store's id. */
export function shownVersion(versionId: string, record: SecretRecord | undefined): ShownVersion {
  return record?.revisions.find((revision) => revision.id === versionId)?.number ?? versionId;
}
