// Where the intake desk keeps its reports.
#include "intake/model/records.h"

#include "base/ids.h"
#include "intake/model/status.h"

namespace intake {
namespace {

std::int64_t count(store::Documents& documents, std::string_view collection) {
  return documents.tally(collection).total - documents.retired(collection).total;
}

}  // namespace

const store::Schema& schema() {
  static const store::Schema schema{{
      store::Collection{.name = std::string(submissions_collection),
                        .labels = {std::string(age_bracket_label), std::string(bank_label), std::string(key_label)},
                        .tallied = {std::string(age_bracket_label), std::string(bank_label)}},
      store::Collection{.name = std::string(deeds_collection),
                        .labels = {std::string(deed_label), std::string(record_label)},
                        .tallied = {}},
      store::Extension{.collection = std::string(submissions_collection),
                       .labels = {{std::string(status_label), std::string(status_new)}, {std::string(agent_label), ""}},
                       .searched = {std::string(status_label), std::string(agent_label)}},
      store::Collection{.name = std::string(notes_collection),
                        .labels = {std::string(record_label), std::string(key_label)},
                        .tallied = {},
                        .searched = {std::string(record_label)}},
  }};
  return schema;
}

store::Document seal_report(const Submission& submission, base::Time received, const crypto::PublicKey& office,
                            const crypto::Receipt& receipt) {
  auto id = base::make_id(received);
  auto envelope = crypto::seal(encode(submission), id, office, receipt);
  return {.id = std::move(id),
          .received = received,
          .labels = {{std::string(age_bracket_label), std::string(submission.age_bracket().name)},
                     {std::string(bank_label), submission.banque},
                     {std::string(key_label), std::move(envelope.key_id)},
                     {std::string(status_label), std::string(status_new)},
                     {std::string(agent_label), {}}},
          .unique = receipt.hash(),
          .seal = std::move(envelope.seal),
          .body = std::move(envelope.body)};
}

crypto::Envelope envelope_of(const store::Document& sealed) {
  return {sealed.labels.find(key_label)->second, sealed.seal, sealed.body};
}

std::int64_t count_kept(store::Documents& documents) { return count(documents, submissions_collection); }

std::int64_t count_sealed(store::Documents& documents) {
  std::int64_t sealed = 0;
  for (const auto collection : sealed_collections) sealed += count(documents, collection);
  return sealed;
}

std::unique_ptr<store::Documents> open_documents(const base::Config& config) {
  return store::Documents::open(config.get("GUICHET_INTAKE_DOCUMENTS"), schema());
}

std::unique_ptr<store::Window> open_window(const base::Config& config, store::Documents& documents) {
  return std::make_unique<store::Window>(config.get("GUICHET_INTAKE_WINDOW"), documents,
                                         schema().collection(submissions_collection));
}

}  // namespace intake
