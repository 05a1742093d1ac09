//! The listing as a page, and as JSON. Markup, style and script are files of their own, in `page/`.

use std::fmt::Write;
use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::Theme;
use super::entries::{Entry, Key, PAGE, View};
use super::text;
use crate::files::media_type_of;
use crate::response::Response;

const PAGE_HTML: &str = include_str!("page/page.html");
const ICONS: &str = include_str!("page/icons.svg");

/// Where the style and the script are: no name that begins so is listed, and none is below it otherwise.
const ASSETS: &str = ".ferrosock/";

static FILES: &[(&str, &str, &str)] = &[
    ("listing.css", "text/css; charset=utf-8", include_str!("page/listing.css")),
    ("listing.js", "text/javascript; charset=utf-8", include_str!("page/listing.js")),
    ("icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
];

/// Nothing but our own files runs, is shown or is spoken to; nobody frames the page, and no script makes markup of text.
const POLICY: &[u8] =
    b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// What a page says of itself and of the folder.
pub(super) struct Scene<'a> {
    pub(super) theme: Theme,
    /// The path of the request, as it was sent.
    pub(super) target: &'a [u8],
    /// The place below the root.
    pub(super) path: &'a Path,
    /// What the root is called.
    pub(super) name: &'a str,
}

/// What a listing offers beside its entries.
pub(super) struct Offers {
    pub(super) archives: bool,
    /// Whether files may be uploaded, and then whether they replace others, and the most bytes.
    pub(super) uploads: Option<(bool, u64)>,
}

/// One of our own files, by the path of a request.
pub(super) fn asset(path: &[u8]) -> Option<Response> {
    let name = path.strip_prefix(b"/")?.strip_prefix(ASSETS.as_bytes())?;
    let (_, kind, content) = FILES.iter().find(|(known, ..)| known.as_bytes() == name)?;
    let mut response = Response::new(200);
    response.put(b"Content-Type", kind.as_bytes());
    // Its URL changes with it.
    response.put(b"Cache-Control", b"public, max-age=31536000, immutable");
    response.put(b"X-Content-Type-Options", b"nosniff");
    Some(response.with_content(crate::response::Content::Static(content.as_bytes())))
}

fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut hash = Sha256::new();
        FILES.iter().for_each(|(.., content)| hash.update(content));
        hash.finalize().iter().take(6).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // a string takes everything
            text
        })
    })
}

/// Puts values into their places in the page; what a value holds is not looked at again.
fn filled(values: &[(&str, &str)]) -> String {
    let mut out =
        String::with_capacity(PAGE_HTML.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>());
    let mut rest = PAGE_HTML;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            out.push_str(value);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

impl Scene<'_> {
    fn page(&self, status: u16, title: &str, tools: &str, content: &str, footer: &str) -> Response {
        let (theme, schemes) = match self.theme {
            Theme::Auto => ("auto", "light dark"),
            Theme::Light => ("light", "light"),
            Theme::Dark => ("dark", "dark"),
        };
        let assets = format!("{}{ASSETS}", self.up(0));
        let mut escaped = String::new();
        text::html(title, &mut escaped);
        let page = filled(&[
            ("theme", theme),
            ("schemes", schemes),
            ("title", &escaped),
            ("assets", &assets),
            ("version", version()),
            ("icons", ICONS),
            ("crumbs", &self.crumbs()),
            ("tools", tools),
            ("content", content),
            ("footer", footer),
        ]);
        let mut response = Response::new(status);
        response.put(b"Content-Type", b"text/html; charset=utf-8");
        response.put(b"Content-Security-Policy", POLICY);
        response.put(b"X-Content-Type-Options", b"nosniff");
        response.put(b"Referrer-Policy", b"same-origin");
        response.put(b"Cache-Control", b"no-cache");
        response.put(b"Vary", b"Accept");
        response.with_body(page)
    }

    /// A link to the folder so many steps below the root, on the way to here. It is relative, for a proxy may have put the whole
    /// below a path of its own.
    fn up(&self, steps: usize) -> String {
        let depth = self.target.iter().filter(|byte| **byte == b'/').count().saturating_sub(1 + steps);
        if depth == 0 { "./".to_owned() } else { "../".repeat(depth) }
    }

    /// The way from the root to here, each step a link.
    fn crumbs(&self) -> String {
        let steps: Vec<_> = self.path.iter().collect();
        let mut out = String::from("<ol>");
        for (index, name) in std::iter::once(None).chain(steps.iter().map(Some)).enumerate() {
            let current = if index == steps.len() { " aria-current=\"page\"" } else { "" };
            let _ = write!(out, "<li><a href=\"{}\"{current}>", self.up(index));
            match name {
                None => {
                    icon("home", &mut out);
                    out.push_str("<span>");
                    text::html(self.name, &mut out);
                    out.push_str("</span>");
                }
                Some(name) => text::html(&name.to_string_lossy(), &mut out),
            }
            out.push_str("</a></li>");
        }
        out.push_str("</ol>");
        out
    }

    /// A page that says why there is no other.
    pub(super) fn error(&self, status: u16, detail: &str) -> Response {
        let reason = crate::response::reason(status);
        let mut content = format!("<section class=\"card message\"><h1>{status} {reason}</h1><p>");
        text::html(detail, &mut content);
        let _ = write!(
            content,
            "</p><a class=\"button\" href=\"{}\">Back to the listing</a></section>",
            self.up(0)
        );
        self.page(status, &format!("{status} {reason}"), "", &content, "")
    }

    /// The listing as a page.
    pub(super) fn listing(&self, all: &[Entry], truncated: bool, view: &View, offers: &Offers) -> Response {
        let pages = all.len().div_ceil(PAGE).max(1);
        let page = view.page.min(pages);
        let shown = &all[(page - 1) * PAGE..all.len().min(page * PAGE)];
        let mut content = String::with_capacity(2048 + shown.len() * 400);
        self.upload_status(offers, &mut content);
        content.push_str("<div class=\"card\"><table class=\"list\"><thead><tr>");
        for (key, title) in [(Key::Name, "Name"), (Key::Size, "Size"), (Key::Date, "Modified")] {
            heading(key, title, view, &mut content);
        }
        content.push_str("</tr></thead>");
        if self.path.components().next().is_some() {
            content.push_str("<tbody class=\"parent\"><tr><td class=\"name\"><a href=\"../\">");
            icon("up", &mut content);
            content.push_str("<span>Parent folder</span></a></td><td class=\"size\"></td><td class=\"date\"></td></tr></tbody>");
        }
        content.push_str("<tbody>");
        shown.iter().for_each(|entry| row(entry, &mut content));
        content.push_str("</tbody></table>");
        if shown.is_empty() {
            content.push_str(match view.wanted.is_empty() {
                true => "<p class=\"empty\">This folder is empty.</p>",
                false => "<p class=\"empty\">Nothing here has such a name. <a href=\"./\">Show all</a></p>",
            });
        }
        if pages > 1 {
            turning(page, pages, view, &mut content);
        }
        content.push_str("</div>");
        let title = format!(
            "{}{}",
            self.name,
            self.path.iter().fold(String::new(), |text, part| text + "/" + &part.to_string_lossy())
        );
        self.page(200, &title, &tools(view, offers), &content, &footer(all, truncated))
    }

    /// Where uploads show how far they are, and where files are dropped.
    fn upload_status(&self, offers: &Offers, out: &mut String) {
        if let Some((overwrite, most)) = offers.uploads {
            let overwrite = if overwrite { "yes" } else { "no" };
            let most = if most == u64::MAX { 0 } else { most };
            let _ = write!(
                out,
                "<ul class=\"uploads card\" aria-label=\"Uploads\" aria-live=\"polite\" data-overwrite=\"{overwrite}\" data-most=\"{most}\"></ul>\
                 <div class=\"drop\" aria-hidden=\"true\">Drop files to upload them here</div>"
            );
        }
    }
}

fn icon(name: &str, out: &mut String) {
    let _ = write!(out, "<svg class=\"icon {name}\" aria-hidden=\"true\"><use href=\"#i-{name}\"/></svg>");
}

fn tools(view: &View, offers: &Offers) -> String {
    let mut out = String::from("<div class=\"tools\"><form class=\"search\" role=\"search\">");
    icon("search", &mut out);
    out.push_str("<input type=\"search\" name=\"q\" placeholder=\"Filter\" aria-label=\"Filter by name\" autocomplete=\"off\" value=\"");
    text::html(&view.wanted, &mut out);
    out.push_str("\"></form>");
    if offers.archives {
        out.push_str("<a class=\"button\" href=\"./?zip\" download>");
        icon("download", &mut out);
        out.push_str("Zip</a>");
    }
    if offers.uploads.is_some() {
        // The form works by itself; with script the button takes its place.
        out.push_str(
            "<form class=\"upload plain\" method=\"post\" action=\"./\" enctype=\"multipart/form-data\">\
            <input type=\"file\" name=\"file\" multiple required aria-label=\"Files to upload\">\
            <button class=\"button main\">",
        );
        icon("upload", &mut out);
        out.push_str("Upload</button></form><button type=\"button\" class=\"button main choose scripted\">");
        icon("upload", &mut out);
        out.push_str("Upload</button>");
    }
    out.push_str("</div>");
    out
}

/// A query for the same view but another order or page.
fn query(view: &View, key: Key, descending: bool, page: usize) -> String {
    let order = if descending { "desc" } else { "asc" };
    let mut out = format!("?sort={}&amp;order={order}", key.word());
    if !view.wanted.is_empty() {
        out.push_str("&amp;q=");
        text::url(view.wanted.as_bytes(), &mut out);
    }
    if page > 1 {
        let _ = write!(out, "&amp;page={page}");
    }
    out
}

fn heading(key: Key, title: &str, view: &View, out: &mut String) {
    let word = key.word();
    let sorted = view.key == key;
    let state = match (sorted, view.descending) {
        (false, _) => "",
        (true, false) => " aria-sort=\"ascending\"",
        (true, true) => " aria-sort=\"descending\"",
    };
    let link = query(view, key, sorted && !view.descending, 1);
    let note = if key == Key::Date { " <span class=\"plain\">(UTC)</span>" } else { "" };
    let _ = write!(
        out,
        "<th scope=\"col\" class=\"{word}\" data-key=\"{word}\"{state}><a href=\"{link}\">{title}{note}</a></th>"
    );
}

fn row(entry: &Entry, out: &mut String) {
    let shown = String::from_utf8_lossy(&entry.name);
    out.push_str(if entry.is_folder { "<tr class=\"folder-row\" data-name=\"" } else { "<tr data-name=\"" });
    text::html(&shown, out);
    out.push_str("\"><td class=\"name\"><a href=\"./");
    text::url(&entry.name, out);
    out.push_str(if entry.is_folder { "/\">" } else { "\">" });
    icon(icon_of(entry), out);
    out.push_str("<span>");
    text::html(&shown, out);
    out.push_str("</span></a></td>");
    let Entry { is_folder, size, .. } = entry;
    if *is_folder {
        out.push_str("<td class=\"size\" data-value=\"0\"></td>");
    } else {
        let _ = write!(
            out,
            "<td class=\"size\" data-value=\"{size}\" title=\"{size} bytes\">{}</td>",
            text::size(*size)
        );
    }
    let moment = text::moment(entry.modified);
    let (value, iso, short) = (entry.modified, text::iso(&moment), text::short(&moment));
    let _ = write!(
        out,
        "<td class=\"date\" data-value=\"{value}\"><time datetime=\"{iso}\">{short}</time></td></tr>"
    );
}

fn icon_of(entry: &Entry) -> &'static str {
    if entry.is_folder {
        return "folder";
    }
    let name = String::from_utf8_lossy(&entry.name);
    let path = Path::new(name.as_ref());
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    const CODE: [&str; 22] = [
        "c", "cc", "cpp", "css", "go", "h", "hpp", "htm", "html", "java", "js", "json", "mjs", "php", "py",
        "rb", "rs", "sh", "sql", "toml", "ts", "xml",
    ];
    if CODE.iter().any(|known| known.eq_ignore_ascii_case(extension)) {
        return "code";
    }
    match media_type_of(path) {
        kind if kind.starts_with("image/") => "image",
        kind if kind.starts_with("video/") => "video",
        kind if kind.starts_with("audio/") => "audio",
        kind if kind.starts_with("text/") => "text",
        "application/pdf"
        | "application/rtf"
        | "application/msword"
        | "application/epub+zip"
        | "application/yaml" => "text",
        kind if kind.contains("officedocument") || kind.contains("opendocument") => "text",
        kind if kind.ends_with("zip") || kind.contains("compressed") || kind.contains("archive") => "archive",
        "application/x-tar" | "application/x-bzip2" | "application/x-xz" | "application/zstd" => "archive",
        _ => "file",
    }
}

fn turning(page: usize, pages: usize, view: &View, out: &mut String) {
    out.push_str("<nav class=\"pages\" aria-label=\"Pages\">");
    let link = |out: &mut String, to: usize, word: &str| {
        let _ = write!(
            out,
            "<a class=\"button\" href=\"{}\">{word}</a>",
            query(view, view.key, view.descending, to)
        );
    };
    if page > 1 {
        link(out, page - 1, "Previous");
    }
    let _ = write!(out, "<span>Page {page} of {pages}</span>");
    if page < pages {
        link(out, page + 1, "Next");
    }
    out.push_str("</nav>");
}

fn footer(all: &[Entry], truncated: bool) -> String {
    let folders = all.iter().filter(|entry| entry.is_folder).count();
    let files = all.len() - folders;
    let bytes = all.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
    let mut parts = Vec::new();
    for (count, word) in [(folders, "folder"), (files, "file")] {
        if count > 0 {
            parts.push(format!("{count} {word}{}", if count == 1 { "" } else { "s" }));
        }
    }
    if files > 0 {
        parts.push(text::size(bytes));
    }
    let more = if truncated { "; there is more that is not shown" } else { "" };
    format!("<span class=\"count\">{}{more}</span><span>Ferrosock</span>", parts.join(", "))
}

/// The listing as JSON: `path`, `truncated`, and `entries` with `name`, `href`, `type`, `size` and `modified`.
pub(super) fn json(path: &Path, all: &[Entry], truncated: bool) -> Response {
    let mut out = String::with_capacity(64 + all.len() * 120);
    out.push_str("{\"path\":");
    let here = path.iter().fold("/".to_owned(), |text, part| text + &part.to_string_lossy() + "/");
    text::json(&here, &mut out);
    let _ = write!(out, ",\"truncated\":{truncated},\"entries\":[");
    for (index, entry) in all.iter().enumerate() {
        out.push_str(if index == 0 { "\n{\"name\":" } else { ",\n{\"name\":" });
        text::json(&String::from_utf8_lossy(&entry.name), &mut out);
        out.push_str(",\"href\":\"./");
        text::url(&entry.name, &mut out);
        if entry.is_folder {
            out.push_str("/\",\"type\":\"folder\"");
        } else {
            let _ = write!(out, "\",\"type\":\"file\",\"size\":{}", entry.size);
        }
        let _ = write!(out, ",\"modified\":\"{}\"}}", text::iso(&text::moment(entry.modified)));
    }
    out.push_str("\n]}\n");
    let mut response = json_of(200, out);
    response.put(b"Vary", b"Accept");
    response
}

/// An answer of JSON.
pub(super) fn json_of(status: u16, text: String) -> Response {
    let mut response = Response::new(status);
    response.put(b"Content-Type", b"application/json");
    response.put(b"X-Content-Type-Options", b"nosniff");
    response.put(b"Cache-Control", b"no-cache");
    response.with_body(text)
}
