const REQUIRED = ["package.json", "README.md", "LICENSE"];
const UNWANTED = /\.test\.|(^|\/)(test|bench)\/|\.tsbuildinfo$|\.config\.|\.tgz$/;

/** What is wrong with the files of a tarball: something a user needs is absent, or a test ships. */
export function checkContents(files: readonly string[]): string[] {
  return [
    ...REQUIRED.filter((name) => !files.includes(name)).map((name) => `${name} is missing`),
    ...files.filter((file) => UNWANTED.test(file)).map((file) => `${file} must not ship`),
    ...(files.some((file) => /^dist\/.*\.js$/.test(file)) ? [] : ["no JavaScript in dist/"]),
  ];
}
