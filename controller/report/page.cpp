#include "controller/report/page.hpp"

namespace nocturne {
namespace {

// Colours by Okabe and Ito 2008, lighter ones on dark ground.
constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1a1a1a; --faint: #595959; --rule: #d0d0d0;
  --grid: #e4e4e4; --band: #8888882e;
  --c0: #0072b2; --c1: #d55e00; --c2: #00795a; --c3: #a8407f; --c4: #6b6b6b; --c5: #8a5a00; }
@media screen and (prefers-color-scheme: dark) { :root { --ground: #16181b; --ink: #e8e8e8; --faint: #a8a8a8;
  --rule: #44484d; --grid: #303438; --band: #aaaaaa2e;
  --c0: #56b4e9; --c1: #ff9955; --c2: #3cc9a0; --c3: #e79ac4; --c4: #b0b0b0; --c5: #e6b34a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 78rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .2rem; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 2.4rem 0 .6rem; padding-top: .5rem; border-top: 2px solid var(--rule); font-size: 1.3rem; }
h3 { margin: 1.4rem 0 .4rem; font-size: 1.05rem; }
p { max-width: 46rem; margin: .5rem 0; }
.subtitle { color: var(--faint); }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .8rem 0; }
a { color: var(--c0); }
.verdict { font-size: 1.15rem; font-weight: 600; }
.warning { font-weight: 600; border-left: 4px solid var(--c1); padding-left: .6rem; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums;
  overflow-wrap: normal; }
th, td { padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--rule); }
th { border-bottom-width: 2px; }
.short { white-space: nowrap; }
.long { min-width: 10rem; max-width: 30rem; }
dl { display: grid; grid-template-columns: minmax(9rem, 18rem) 1fr; gap: .25rem 1rem; margin: 0;
  font-size: .9rem; }
dt { color: var(--faint); }
dd { margin: 0; }
details { margin: .8rem 0; }
summary { cursor: pointer; }
pre { overflow-x: auto; font-size: .8rem; border: 1px solid var(--rule); padding: .6rem;
  overflow-wrap: normal; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
  gap: 1.2rem 2rem; }
figure { margin: .8rem 0; max-width: 40rem; }
figure:has(.multiples) { max-width: none; }
figcaption { font-size: .85rem; color: var(--faint); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .small { font-size: 11px; fill: var(--faint); }
svg .word { font-size: 12px; font-weight: 700; }
svg .onmap { font-size: 12px; font-weight: 700; fill: #fff; stroke: #000; stroke-width: 2.6px;
  paint-order: stroke; }
svg .grid { stroke: var(--grid); fill: none; }
svg .axis { stroke: var(--faint); fill: none; }
svg .band { fill: var(--band); }
svg .curve { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; }
svg .dashed { stroke-dasharray: 5 4; }
svg .bar { stroke: currentColor; stroke-width: 1.2; fill: none; }
svg .open { fill: none; stroke: currentColor; stroke-width: 2; }
svg .contour { fill: none; stroke: #fff; stroke-width: 1.1; stroke-opacity: .85; }
svg .tried { fill: #fff; stroke: #000; stroke-width: 1.2; }
.look0 { color: var(--c0); fill: currentColor; }
.look1 { color: var(--c1); fill: currentColor; }
.look2 { color: var(--c2); fill: currentColor; }
.look3 { color: var(--c3); fill: currentColor; }
.look4 { color: var(--c4); fill: currentColor; }
.look5 { color: var(--c5); fill: currentColor; }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.2rem, 1fr)); gap: .5rem;
  list-style: none; margin: 0; padding: 0; font-size: .75rem; line-height: 1.25; }
.multiples li { break-inside: avoid; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; }
dd { margin-bottom: .4rem; } }
@media print { :root { --ground: #fff; --ink: #000; }
body { font-size: 10.5pt; max-width: none; padding: 0; }
nav { display: none; }
.figures { grid-template-columns: 1fr 1fr; }
figure, tr { break-inside: avoid; }
.scroll { overflow: visible; }
h2, h3 { break-after: avoid; }
pre { white-space: pre-wrap; } }
)css";

}  // namespace

const char* const kReportMark = "<meta name=\"generator\" content=\"nocturne report\">";

std::string page_of(const std::string& title, const std::string& subtitle,
                    const std::vector<std::pair<std::string, std::string>>& anchors, const Html& content) {
  Html links;
  for (const auto& [id, name] : anchors) links += element("a", {{"href", "#" + id}}, Html{name});
  const Html body =
      element("header", element("h1", Html{title}) + element("p", {{"class", "subtitle"}}, Html{subtitle})) +
      element("nav", links) + element("main", content);
  return std::string{"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"} +
         kReportMark + "\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         element("title", Html{title}).text() + "<style>" + kStyle + "</style>\n</head>\n" +
         element("body", body).text() + "</html>\n";
}

}  // namespace nocturne
