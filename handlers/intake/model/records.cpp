// Where the intake desk keeps its reports.
#include "intake/model/records.h"

#include "base/ids.h"

namespace intake {

const store::Schema& schema() {
  static const store::Schema schema{{
      store::Collection{.name = std::string(submissions_collection),
                        .labels = {std::string(age_bracket_label), std::string(bank_label), std::string(key_label)},
                        .tallied = {std::string(age_bracket_label), std::string(bank_label)}},
      store::Collection{.name = std::string(deeds_collection),
                        .labels = {std::string(deed_label), std::string(record_label)},
                        .tallied = {}},
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
                     {std::string(key_label), std::move(envelope.key_id)}},
          .unique = receipt.hash(),
          .seal = std::move(envelope.seal),
          .body = std::move(envelope.body)};
}

crypto::Envelope envelope_of(const store::Document& report) {
  return {report.labels.find(key_label)->second, report.seal, report.body};
}

std::int64_t count_kept(store::Documents& documents) {
  return documents.tally(submissions_collection).total - documents.retired(submissions_collection).total;
}

std::unique_ptr<store::Documents> open_documents(const base::Config& config) {
  return store::Documents::open(config.get("GUICHET_INTAKE_DOCUMENTS"), schema());
}

std::unique_ptr<store::Window> open_window(const base::Config& config, store::Documents& documents) {
  return std::make_unique<store::Window>(config.get("GUICHET_INTAKE_WINDOW"), documents,
                                         schema().collection(submissions_collection));
}

}  // namespace intake
