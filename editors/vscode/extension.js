// Starts `mu lsp` for .mu files. Colours come from the grammar beside this file and work without it.
const { LanguageClient } = require("vscode-languageclient/node");
const { workspace } = require("vscode");

let client;

exports.activate = async () => {
  const command = workspace.getConfiguration("mu").get("command");
  client = new LanguageClient(
    "mu",
    "mu",
    { command, args: ["lsp"] },
    { documentSelector: [{ language: "mu" }] },
  );
  await client.start();
};

exports.deactivate = () => client && client.stop();
