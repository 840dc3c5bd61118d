# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# The signatures in sig/ against the code: the other tests run once more with every call and value checked by them
# (ruby -r rbs/test/setup, with RBS_TEST_TARGET=Chatabi::*), and neither side has a public method that the other lacks.
require_relative "values_test"
require_relative "stream_test"
require "rbs/cli"

class TypesTest < Minitest::Test
  SIG = File.expand_path("../../../bindings/ruby/sig", __dir__)

  def setup
    loader = RBS::EnvironmentLoader.new
    loader.add(path: Pathname(SIG))
    @builder = RBS::DefinitionBuilder.new(env: RBS::Environment.from_loader(loader).resolve_type_names)
  end

  def test_calls_are_checked
    error = assert_raises(RBS::Test::Tester::TypeError) { Chatabi::Client.new(auth: "none").chat(1) }
    assert_match(/body/, error.message)
  end

  def test_the_signatures_are_whole
    RBS::CLI.new(stdout: StringIO.new, stderr: $stderr).run(["-I", SIG, "validate", "--silent"])
    declared = @builder.env.class_decls.keys.map(&:to_s).grep(/\A::Chatabi::/)
    defined = Chatabi.constants.map { |name| Chatabi.const_get(name) }.grep(Module).map { |type| "::#{type}" }
    assert_equal defined.sort, declared.sort
  end

  def test_public_methods_are_those_of_the_signatures
    [Chatabi::Error, Chatabi::Chunk, Chatabi::Answer, Chatabi::Stream, Chatabi::Client].each do |type|
      name = RBS::TypeName.new(name: type.name.split("::").last.to_sym, namespace: RBS::Namespace.parse("::Chatabi"))
      assert_equal own(type.public_instance_methods(false)), declared(@builder.build_instance(name), name), type
      assert_equal own(type.singleton_methods(false)), declared(@builder.build_singleton(name), name), type
    end
  end

  # But for what is for the inside: Error.of.
  def own(methods) = methods.reject { |name| name == :of || name.to_s.include?("__with__") || name.to_s.include?("__without__") }.sort

  def declared(definition, name)
    definition.methods.select { |_, method| method.implemented_in == name && method.public? }.keys.-([:initialize, :new]).sort
  end
end
