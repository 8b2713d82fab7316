// A collection as MongoDB keeps it.
#include "store/mongodb/layout.h"

#include <algorithm>
#include <limits>

namespace store::mongodb {
namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();

Bson words(std::initializer_list<std::string_view> all) {
  Bson array;
  for (const auto word : all) array.next_text(word);
  return array;
}

std::string path_of(const std::string& label) { return "labels." + label; }

/// An index by those fields, upwards. Names of indexes are ours, so that a step run again finds its own.
Bson index(std::string_view name, const std::vector<std::string>& fields) {
  Bson key;
  for (const auto& field : fields) key.integer(field, 1);
  return Bson().document("key", key).text("name", name);
}

/// Of what is kept alone: a trace has no time of receipt.
Bson kept_only(Bson index) {
  return index.document("partialFilterExpression", Bson().document("received", Bson().integer("$gte", lowest)));
}

Bson label_index(const std::string& label, const std::string& preset, bool is_tallied) {
  auto made = index(label, {path_of(label), "received", "sequence"});
  // Those without it have an empty one, which nobody looks for by this index.
  if (!is_tallied && preset.empty()) {
    return made.document("partialFilterExpression", Bson().document(path_of(label), Bson().flag("$exists", true)));
  }
  return kept_only(std::move(made));
}

Bson type(std::initializer_list<std::string_view> names) { return Bson().array("bsonType", words(names)); }

/// What a document must look like, whoever writes it.
Bson validator() {
  Bson properties;
  for (const auto* name : {"sequence", "received", "erased", "keep_until"}) properties.document(name, type({"long"}));
  for (const auto* name : {"unique", "seal", "body"}) properties.document(name, type({"binData"}));
  properties.document("_id", type({"string", "binData"}))
      .document("changed", type({"bool"}))
      .document("labels", type({"object"}).document("additionalProperties", type({"string", "binData"})));
  const auto kept = Bson().array("required", words({"received", "labels", "seal", "body"}));
  const auto gone = Bson().array("required", words({"erased"}));
  const auto schema = Bson()
                          .text("bsonType", "object")
                          .array("required", words({"_id", "sequence"}))
                          .document("properties", properties)
                          .flag("additionalProperties", false)
                          .array("oneOf", Bson().next_document(kept).next_document(gone));
  return Bson().document("$jsonSchema", schema);
}

Bson create_indexes(const std::string& collection, const std::vector<Bson>& indexes) {
  Bson all;
  for (const auto& each : indexes) all.next_document(each);
  return Bson().text("createIndexes", collection).array("indexes", all);
}

std::vector<Bson> make(const Collection& collection) {
  std::vector<std::string> counted{"received", "sequence"};
  for (const auto& label : collection.tallied) counted.push_back(path_of(label));
  std::vector<Bson> indexes{index("sequence", {"sequence"}).flag("unique", true),
                            index("unique", {"unique"}).flag("unique", true).flag("sparse", true),
                            kept_only(index("received", counted))};
  for (const auto& label : collection.tallied) indexes.push_back(label_index(label, {}, true));
  for (const auto& label : collection.searched) {
    if (std::ranges::count(collection.tallied, label) == 0) indexes.push_back(label_index(label, {}, false));
  }
  return {Bson().text("create", collection.name).document("validator", validator()),
          Bson().text("create", collection.name + "_tally"), create_indexes(collection.name, indexes)};
}

std::map<std::string, std::string, std::less<>> presets_of(const Schema& schema, std::string_view collection) {
  std::map<std::string, std::string, std::less<>> presets;
  for (const auto& migration : schema.migrations) {
    const auto* extension = std::get_if<Extension>(&migration);
    if (extension == nullptr || extension->collection != collection) continue;
    for (const auto& label : extension->labels) {
      if (!label.preset.empty()) presets.emplace(label.name, label.preset);
    }
  }
  return presets;
}

}  // namespace

Layout::Layout(const Schema& schema, const Collection& from)
    : collection(from), tally_name(from.name + "_tally"), presets(presets_of(schema, from.name)) {}

const std::string& Layout::preset(const std::string& label) const {
  static const std::string none;
  const auto found = presets.find(label);
  return found == presets.end() ? none : found->second;
}

void Layout::write_labels(const Document& document, Bson& set, Bson& unset) const {
  for (const auto& label : collection.labels) {
    const auto& value = document.labels.at(label);
    if (value == preset(label)) {
      unset.text(path_of(label), "");
    } else {
      set.text(path_of(label), value);
    }
  }
}

Bson Layout::write(const Document& document, bool is_changed) const {
  Bson labels;
  for (const auto& label : collection.labels) {
    const auto& value = document.labels.at(label);
    if (value != preset(label)) labels.text(label, value);
  }
  Bson kept;
  kept.text("_id", document.id)
      .integer("sequence", document.sequence)
      .integer("received", milliseconds(document.received))
      .binary("unique", document.unique)
      .document("labels", labels)
      .binary("seal", document.seal)
      .binary("body", document.body);
  if (document.keep_until) kept.integer("keep_until", milliseconds(*document.keep_until));
  if (is_changed) kept.flag("changed", true);
  return kept;
}

Bson Layout::write_trace(const Document& document, bool keeps_unique) {
  Bson trace;
  trace.text("_id", document.id)
      .integer("sequence", document.sequence)
      .integer("erased", milliseconds(document.received));
  if (keeps_unique) trace.binary("unique", document.unique);
  return trace;
}

Bson Layout::write_change(const Document& document) const {
  Bson set;
  Bson unset;
  set.integer("sequence", document.sequence)
      .binary("unique", document.unique)
      .binary("seal", document.seal)
      .binary("body", document.body)
      .flag("changed", true);
  if (document.keep_until) {
    set.integer("keep_until", milliseconds(*document.keep_until));
  } else {
    unset.text("keep_until", "");
  }
  write_labels(document, set, unset);
  Bson change;
  change.document("$set", set);
  if (!unset.is_empty()) change.document("$unset", unset);
  return change;
}

Bson Layout::write_reseal(const Document& document) const {
  Bson set;
  Bson unset;
  set.binary("seal", document.seal);
  write_labels(document, set, unset);
  Bson change;
  change.document("$set", set);
  if (!unset.is_empty()) change.document("$unset", unset);
  return change;
}

Labels Layout::read_labels(const Bson& from) const {
  Labels labels;
  for (const auto& label : collection.labels) labels.emplace(label, from.bytes(path_of(label)).value_or(preset(label)));
  return labels;
}

Document Layout::read(const Bson& from) const {
  const auto bytes = [&](const char* name) { return std::string(from.bytes(name).value_or("")); };
  Document document;
  document.id = bytes("_id");
  document.sequence = from.number("sequence").value_or(0);
  document.unique = bytes("unique");
  if (is_trace(from)) {
    document.received = time_of(from.number("erased").value_or(0));
    return document;
  }
  document.received = time_of(from.number("received").value_or(0));
  document.labels = read_labels(from);
  document.seal = bytes("seal");
  document.body = bytes("body");
  if (const auto until = from.number("keep_until")) document.keep_until = time_of(*until);
  return document;
}

Bson office() { return Bson().text("_id", "office"); }

Bson received_between(const char* lower, base::Time from, const char* upper, base::Time until) {
  return Bson().document("received", Bson().integer(lower, milliseconds(from)).integer(upper, milliseconds(until)));
}

// Equality is all that is ever asked of a label. The bounds of time are there always: the indexes hold what has a time.
Bson Layout::filter(const Filter& wanted, const std::optional<Position>& after) const {
  const auto from = wanted.from.value_or(base::Time::min());
  auto filter = wanted.before ? received_between("$gte", from, "$lt", *wanted.before)
                              : received_between("$gte", from, "$lte", base::Time::max());
  for (const auto& [label, value] : wanted.labels) {
    if (value == preset(label)) {
      filter.null(path_of(label));  // left out
    } else {
      filter.text(path_of(label), value);
    }
  }
  if (after) {
    const auto received = milliseconds(after->received);
    const auto older = Bson().document("received", Bson().integer("$lt", received));
    const auto same = Bson().integer("received", received).document("sequence", Bson().integer("$lt", after->sequence));
    // The first of these, which the second says once more, is a bound of an index.
    const auto bound = Bson().document("received", Bson().integer("$lte", received));
    filter.array("$and", Bson().next_document(bound).next_document(
                             Bson().array("$or", Bson().next_document(older).next_document(same))));
  }
  return filter;
}

Bson Layout::count_pipeline(const Span& span) const {
  Bson by;
  for (const auto& label : collection.tallied) by.text(label, "$labels." + label);
  const auto group = Bson().document("_id", by).document("count", Bson().integer("$sum", 1));
  return Bson()
      .next_document(Bson().document("$match", received_between("$gt", span.after, "$lte", span.until)))
      .next_document(Bson().document("$group", group));
}

Tally Layout::read_count(const std::vector<Bson>& rows) const {
  Tally tally;
  for (const auto& row : rows) {
    const auto count = row.number("count").value_or(0);
    tally.total += count;
    for (const auto& label : collection.tallied) {
      tally.by_label[label][std::string(row.bytes("_id." + label).value_or(""))] += count;
    }
  }
  return tally;
}

std::vector<Bson> commands_of(const Schema& schema, std::size_t step) {
  if (const auto* collection = std::get_if<Collection>(&schema.migrations[step])) return make(*collection);
  const auto& extension = std::get<Extension>(schema.migrations[step]);
  const auto presets = presets_of(schema, extension.collection);
  std::vector<Bson> indexes;
  for (const auto& label : extension.searched) {
    const auto preset = presets.find(label);
    indexes.push_back(label_index(label, preset == presets.end() ? "" : preset->second, false));
  }
  if (indexes.empty()) return {};
  return {create_indexes(extension.collection, indexes)};
}

}  // namespace store::mongodb
