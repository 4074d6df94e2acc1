#pragma once

#include "controller/window/documents.hpp"
#include "controller/window/model_desk.hpp"

// The documents that need a model.
namespace nocturne {

/// What a map shows beside the model, taken while the night is locked.
struct MapMarks {
  struct Tried {
    int experiment = 0;
    Conditions conditions;
    std::string outcome;
    std::optional<double> peak_nm;
  };
  struct Next {
    int experiment = 0;
    Conditions conditions;
    std::string why;
  };
  std::vector<Variable> variables;
  std::vector<Tried> tried;
  std::optional<Next> next;
};
/// Throws Problem if there is no map of this night, or none yet.
MapMarks marks_of(const Moment& moment);
OrderedJson map_document(const Subject& subject, const MapMarks& marks, ModelDesk& desk, Parameters& asked);
OrderedJson map_schema();

OrderedJson design_document(const Subject& subject, ModelDesk& desk, Parameters& asked);
OrderedJson design_schema();

}  // namespace nocturne
