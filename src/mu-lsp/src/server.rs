//! The loop: messages in, answers out; one checked snapshot per open file.

use std::collections::HashMap;

use gen_lsp_types::{
    CodeActionParams, CodeActionProvider, CompletionOptions, CompletionParams, DefinitionParams,
    DefinitionProvider, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DocumentFormattingParams, DocumentFormattingProvider, DocumentSymbolParams, DocumentSymbolProvider, Full,
    HoverParams, HoverProvider, PublishDiagnosticsParams, ReferenceParams, ReferencesProvider, RenameOptions,
    RenameParams, RenameProvider, SemanticTokensOptions, SemanticTokensParams, SemanticTokensProvider,
    ServerCapabilities, TextDocumentContentChangeEvent, TextDocumentPositionParams, TextDocumentSync,
    TextDocumentSyncKind, TextEdit, Uri,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use mu_check::{Checked, Files};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::document::Document;
use crate::places::{Lines, path_of};
use crate::{Host, actions, complete, diagnostics, hover, navigate, tokens};

/// The client went away, or does not speak the protocol.
#[derive(Debug)]
pub struct ServeError(pub String);

/// The texts of open files before those on disk.
struct Overlay<'a> {
    host: &'a dyn Host,
    open: &'a HashMap<String, String>,
}

impl Files for Overlay<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        self.open.get(path).map_or_else(|| self.host.read(path), |text| Ok(text.clone()))
    }
    fn join(&self, from: &str, spec: &str) -> String {
        self.host.join(from, spec)
    }
}

/// Serves one client until it says `exit`.
///
/// # Errors
/// Where the connection ends before the protocol does.
pub fn serve(connection: &Connection, host: &dyn Host) -> Result<(), ServeError> {
    let failed = |e: &dyn std::fmt::Display| ServeError(e.to_string());
    let answer = json!({
        "capabilities": capabilities(),
        "serverInfo": { "name": "mu", "version": env!("CARGO_PKG_VERSION") },
    });
    let (id, _) = connection.initialize_start().map_err(|e| failed(&e))?;
    connection.initialize_finish(id, answer).map_err(|e| failed(&e))?;
    let mut server = Server { connection, host, texts: HashMap::new(), documents: HashMap::new() };
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request).map_err(|e| failed(&e))? {
                    return Ok(());
                }
                let response = server.request(request);
                server.send(Message::Response(response))?;
            }
            Message::Notification(notification) => server.notification(notification)?,
            Message::Response(_) => {}
        }
    }
    Ok(())
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSync::Kind(TextDocumentSyncKind::Incremental)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![".".into(), "(".into(), "=".into(), " ".into()]),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProvider::Bool(true)),
        definition_provider: Some(DefinitionProvider::Bool(true)),
        references_provider: Some(ReferencesProvider::Bool(true)),
        document_symbol_provider: Some(DocumentSymbolProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::Bool(true)),
        document_formatting_provider: Some(DocumentFormattingProvider::Bool(true)),
        rename_provider: Some(RenameProvider::RenameOptions(RenameOptions {
            prepare_provider: Some(true),
            ..RenameOptions::default()
        })),
        semantic_tokens_provider: Some(SemanticTokensProvider::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: tokens::legend(),
                full: Some(Full::Bool(true)),
                ..SemanticTokensOptions::default()
            },
        )),
        ..ServerCapabilities::default()
    }
}

struct Server<'a> {
    connection: &'a Connection,
    host: &'a dyn Host,
    /// By path.
    texts: HashMap<String, String>,
    /// By URI.
    documents: HashMap<String, Document>,
}

impl Server<'_> {
    fn send(&self, message: Message) -> Result<(), ServeError> {
        self.connection.sender.send(message).map_err(|e| ServeError(e.to_string()))
    }

    fn notification(&mut self, notification: Notification) -> Result<(), ServeError> {
        // A notification that does not fit has nobody to answer to.
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                let Ok(params) = serde_json::from_value::<DidOpenTextDocumentParams>(notification.params)
                else {
                    return Ok(());
                };
                let document = params.text_document;
                self.update(document.uri, document.text, document.version)
            }
            "textDocument/didChange" => {
                let Ok(params) = serde_json::from_value::<DidChangeTextDocumentParams>(notification.params)
                else {
                    return Ok(());
                };
                let uri = params.text_document.text_document_identifier.uri;
                let path = path_of(&uri);
                let Some(mut text) = self.texts.get(&path).cloned() else { return Ok(()) };
                for change in params.content_changes {
                    text = changed(text, change);
                }
                self.update(uri, text, params.text_document.version)
            }
            "textDocument/didClose" => {
                let Ok(params) = serde_json::from_value::<DidCloseTextDocumentParams>(notification.params)
                else {
                    return Ok(());
                };
                let uri = params.text_document.uri;
                self.texts.remove(&path_of(&uri));
                self.documents.remove(&uri.0);
                self.publish(uri, None, Vec::new())
            }
            _ => Ok(()),
        }
    }

    /// Checks a text anew, and every other open file that may use it.
    fn update(&mut self, uri: Uri, text: String, version: i32) -> Result<(), ServeError> {
        let path = path_of(&uri);
        self.texts.insert(path.clone(), text.clone());
        let checked = self.check(&path, &text);
        self.documents.insert(uri.0.clone(), Document { uri: uri.clone(), text, version, checked });
        self.show(&uri)?;
        let users: Vec<Uri> = self
            .documents
            .values()
            .filter(|d| d.uri != uri && d.checked.sources.find(&path).is_some())
            .map(|d| d.uri.clone())
            .collect();
        for user in users {
            let Some(text) = self.documents.get(&user.0).map(|d| d.text.clone()) else { continue };
            let checked = self.check(&path_of(&user), &text);
            if let Some(document) = self.documents.get_mut(&user.0) {
                document.checked = checked;
            }
            self.show(&user)?;
        }
        Ok(())
    }

    fn check(&self, path: &str, text: &str) -> Checked {
        mu_check::check(&Overlay { host: self.host, open: &self.texts }, path, text)
    }

    fn show(&self, uri: &Uri) -> Result<(), ServeError> {
        let Some(document) = self.documents.get(&uri.0) else { return Ok(()) };
        let found = diagnostics::of(document, self.host);
        self.publish(uri.clone(), Some(document.version), found)
    }

    fn publish(
        &self,
        uri: Uri,
        version: Option<i32>,
        diagnostics: Vec<gen_lsp_types::Diagnostic>,
    ) -> Result<(), ServeError> {
        let params = PublishDiagnosticsParams { uri, version, diagnostics };
        let notification = Notification::new("textDocument/publishDiagnostics".to_owned(), params);
        self.send(Message::Notification(notification))
    }

    fn request(&self, request: Request) -> Response {
        let Request { id, method, params } = request;
        match self.answer(&method, params) {
            Ok(result) => Response { id, response_result: Ok(result) },
            Err((code, message)) => Response::new_err(id, code as i32, message),
        }
    }

    fn answer(&self, method: &str, params: Value) -> Result<Value, (ErrorCode, String)> {
        match method {
            "textDocument/hover" => {
                let params: HoverParams = parse(params)?;
                self.at(&params.text_document_position_params, hover::hover)
            }
            "textDocument/completion" => {
                let params: CompletionParams = parse(params)?;
                self.at(&params.text_document_position_params, complete::complete)
            }
            "textDocument/definition" => {
                let params: DefinitionParams = parse(params)?;
                self.at(&params.text_document_position_params, |d, at| navigate::definition(d, at, self.host))
            }
            "textDocument/references" => {
                let params: ReferenceParams = parse(params)?;
                let whole = params.context.include_declaration;
                self.at(&params.text_document_position_params, |d, at| {
                    navigate::references(d, at, whole, self.host)
                })
            }
            "textDocument/prepareRename" => {
                let params: TextDocumentPositionParams = parse(params)?;
                self.at(&params, |d, at| navigate::renamable(d, at).map(|(range, _)| range))
            }
            "textDocument/rename" => {
                let params: RenameParams = parse(params)?;
                let place = &params.text_document_position_params;
                let Some(document) = self.documents.get(&place.text_document.uri.0) else {
                    return Ok(Value::Null);
                };
                let at = Lines::of(&document.text).offset(place.position);
                let edit = navigate::rename(document, at, &params.new_name, self.host);
                edit.map(|e| json!(e)).map_err(|message| (ErrorCode::RequestFailed, message))
            }
            "textDocument/documentSymbol" => {
                let params: DocumentSymbolParams = parse(params)?;
                Ok(self.of(&params.text_document.uri, |d| json!(navigate::symbols(d))))
            }
            "textDocument/codeAction" => {
                let params: CodeActionParams = parse(params)?;
                Ok(self
                    .of(&params.text_document.uri, |d| json!(actions::actions(d, params.range, self.host))))
            }
            "textDocument/formatting" => {
                let params: DocumentFormattingParams = parse(params)?;
                Ok(self.of(&params.text_document.uri, |d| match mu_syntax::format(&d.text) {
                    Ok(new_text) if new_text != d.text => {
                        json!([TextEdit { range: Lines::of(&d.text).whole(), new_text }])
                    }
                    Ok(_) => json!([]),
                    // A file with syntax errors is left as it is.
                    Err(_) => Value::Null,
                }))
            }
            "textDocument/semanticTokens/full" => {
                let params: SemanticTokensParams = parse(params)?;
                Ok(self.of(&params.text_document.uri, |d| json!(tokens::tokens(d))))
            }
            _ => Err((ErrorCode::MethodNotFound, format!("mu does not know {method}"))),
        }
    }

    fn of(&self, uri: &Uri, f: impl Fn(&Document) -> Value) -> Value {
        self.documents.get(&uri.0).map_or(Value::Null, f)
    }

    fn at<T: serde::Serialize>(
        &self,
        place: &TextDocumentPositionParams,
        f: impl Fn(&Document, usize) -> T,
    ) -> Result<Value, (ErrorCode, String)> {
        Ok(self.of(&place.text_document.uri, |d| json!(f(d, Lines::of(&d.text).offset(place.position)))))
    }
}

fn parse<T: DeserializeOwned>(params: Value) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|e| (ErrorCode::InvalidParams, e.to_string()))
}

fn changed(text: String, change: TextDocumentContentChangeEvent) -> String {
    match change {
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
            let lines = Lines::of(&text);
            let (start, end) = (lines.offset(change.range.start), lines.offset(change.range.end));
            format!("{}{}{}", &text[..start], change.text, &text[end.max(start)..])
        }
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => change.text,
    }
}
