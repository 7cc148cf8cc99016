export type {CatalogueEntry, LanguageCatalogue, ResolvedLanguage} from './catalogue.ts';
export {describeLanguage} from './describe-language.ts';
export {BASE_ENVIRONMENT, type EnvironmentParts, programEnvironment} from './environment.ts';
export {ETC_FILES} from './images/etc-files.ts';
export {createHostImage, HOST_IMAGE, type HostImageParts} from './images/host-image.ts';
export {hostPath} from './images/host-path.ts';
export {npmToolEntries} from './images/npm-tool-entries.ts';
export {type GoCacheOptions, prepareGoCache} from './images/prepare-go-cache.ts';
export {type InstallOptions, type InstallPlan, installLanguages, planInstall} from './install.ts';
export {
  PREPARED_INPUTS,
  PREPARED_PARTS,
  type Preparation,
  type Preparations,
} from './prepare/preparation.ts';
export {type PrimeableRuntime, primeableCompiler, primeableRuntime} from './prime/primeable-runtime.ts';
export {type CatalogueOptions, createLanguageCatalogue} from './probe/create-language-catalogue.ts';
export {fileIdentity} from './probe/file-identity.ts';
export type {
  CompilePlan,
  Diagnose,
  LanguageRecipe,
  ListDirectory,
  PrimeRecipe,
  RecipeContext,
  StagePlan,
  Toolchain,
  ToolchainCandidate,
} from './recipe.ts';
export {RECIPES} from './recipes/all.ts';
export {resolveLanguage} from './resolve-language.ts';
